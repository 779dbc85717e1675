import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateConversion1730000000101 implements MigrationInterface {
  name = 'CreateConversion1730000000101';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`create table conversion (
      id uuid primary key,
      version integer not null check (version > 0),
      created_at timestamptz not null,
      created_by uuid,
      updated_at timestamptz not null,
      external_id text,
      fingerprint text not null,
      lead_id uuid not null references lead (id),
      status text not null check (status in ('RUNNING', 'DONE', 'UNDOING', 'FAILED', 'CANCELLED')),
      owner_id uuid not null,
      source text,
      note text,
      company jsonb,
      contact jsonb,
      deal jsonb,
      accounts text check (accounts in ('MADE', 'REFUSED', 'UNDONE')),
      deals text check (deals in ('MADE', 'REFUSED', 'UNDONE')),
      code text,
      reason text,
      constraint conversion_not_empty check (num_nonnulls(company, contact, deal) > 0)
    )`);
    await runner.query('create index conversion_lead on conversion (lead_id, created_at desc, id desc)');
    await runner.query(
      `create unique index conversion_under_way on conversion (lead_id) where status in ('RUNNING', 'UNDOING')`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table conversion');
  }
}
