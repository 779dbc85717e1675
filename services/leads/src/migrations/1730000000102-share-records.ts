import type { MigrationInterface, QueryRunner } from 'typeorm';

export class ShareRecords1730000000102 implements MigrationInterface {
  name = 'ShareRecords1730000000102';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table lead add shared_to_read uuid[] not null default '{}',
      add shared_to_work uuid[] not null default '{}'`);
    // Most records are shared with nobody.
    await runner.query(`create index lead_shared on lead using gin (shared_to_read) where shared_to_read <> '{}'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table lead drop shared_to_read, drop shared_to_work');
  }
}
