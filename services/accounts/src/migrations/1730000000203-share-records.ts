import type { MigrationInterface, QueryRunner } from 'typeorm';

export class ShareRecords1730000000203 implements MigrationInterface {
  name = 'ShareRecords1730000000203';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table company add shared_to_read uuid[] not null default '{}',
      add shared_to_work uuid[] not null default '{}'`);
    // Most records are shared with nobody.
    await runner.query(
      `create index company_shared on company using gin (shared_to_read) where shared_to_read <> '{}'`,
    );
    await runner.query(`alter table contact add shared_to_read uuid[] not null default '{}',
      add shared_to_work uuid[] not null default '{}'`);
    // Most records are shared with nobody.
    await runner.query(
      `create index contact_shared on contact using gin (shared_to_read) where shared_to_read <> '{}'`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table company drop shared_to_read, drop shared_to_work');
    await runner.query('alter table contact drop shared_to_read, drop shared_to_work');
  }
}
