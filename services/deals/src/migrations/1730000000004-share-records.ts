import type { MigrationInterface, QueryRunner } from 'typeorm';

export class ShareRecords1730000000004 implements MigrationInterface {
  name = 'ShareRecords1730000000004';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table deal add shared_to_read uuid[] not null default '{}',
      add shared_to_work uuid[] not null default '{}'`);
    // Most records are shared with nobody.
    await runner.query(`create index deal_shared on deal using gin (shared_to_read) where shared_to_read <> '{}'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table deal drop shared_to_read, drop shared_to_work');
  }
}
