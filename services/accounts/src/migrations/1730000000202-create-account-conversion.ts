import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateAccountConversion1730000000202 implements MigrationInterface {
  name = 'CreateAccountConversion1730000000202';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`create table account_conversion (
      id uuid primary key,
      version integer not null check (version > 0),
      created_at timestamptz not null,
      created_by uuid,
      updated_at timestamptz not null,
      external_id text,
      fingerprint text,
      lead_id uuid not null,
      status text not null check (status in ('MADE', 'REFUSED', 'UNDONE')),
      code text,
      reason text,
      linked boolean not null,
      constraint account_conversion_refused check ((status = 'REFUSED') = (code is not null))
    )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table account_conversion');
  }
}
