import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateCover1730000000005 implements MigrationInterface {
  name = 'CreateCover1730000000005';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`create table cover (id uuid primary key, version integer not null, created_at timestamptz not null,
      created_by uuid, updated_at timestamptz not null, external_id text, fingerprint text,
      owner_id uuid not null, substitute_id uuid not null, starts_at timestamptz not null, ends_at timestamptz not null,
      constraint cover_of_another check (owner_id <> substitute_id), constraint cover_in_order check (starts_at <= ends_at))`);
    await runner.query('create index cover_newest on cover (created_at desc, id desc)');
    await runner.query('create index cover_ends on cover (ends_at desc, id desc)');
    await runner.query('create index cover_owner on cover (owner_id, created_at desc, id desc)');
    await runner.query('create index cover_substitute on cover (substitute_id, created_at desc, id desc)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table cover');
  }
}
