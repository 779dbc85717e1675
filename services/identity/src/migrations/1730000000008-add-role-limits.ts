import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A role counts in some pipelines, and keeps fields from who has it. */
export class AddRoleLimits1730000000008 implements MigrationInterface {
  name = 'AddRoleLimits1730000000008';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table role add pipelines jsonb, add fields jsonb not null default '[]'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table role drop pipelines, drop fields');
  }
}
