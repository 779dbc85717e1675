import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateDealConversion1730000000003 implements MigrationInterface {
  name = 'CreateDealConversion1730000000003';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`create table deal_conversion (
      id uuid primary key, version integer not null check (version > 0),
      created_at timestamptz not null, created_by uuid, updated_at timestamptz not null, external_id text, fingerprint text,
      lead_id uuid not null, status text not null check (status in ('MADE', 'REFUSED', 'UNDONE')),
      code text, reason text, part jsonb)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table deal_conversion');
  }
}
