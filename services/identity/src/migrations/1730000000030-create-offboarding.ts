import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateOffboarding1730000000030 implements MigrationInterface {
  name = 'CreateOffboarding1730000000030';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`create table offboarding (id uuid primary key, version integer not null check (version > 0),
      created_at timestamptz not null, created_by uuid, updated_at timestamptz not null, external_id text, fingerprint text,
      user_id uuid not null references "user", status text not null check (status in ('RUNNING', 'DONE', 'CLOSED', 'UNDOING', 'UNDONE')),
      plan jsonb not null, parts jsonb not null, was_active boolean not null, covers jsonb not null)`);
    await runner.query('create index offboarding_newest on offboarding (created_at desc, id desc)');
    await runner.query('create index offboarding_user on offboarding (user_id, created_at desc, id desc)');
    await runner.query(
      `create unique index offboarding_under_way on offboarding (user_id) where status in ('RUNNING', 'UNDOING')`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table offboarding');
  }
}
