import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How much people are shown in an hour, and who was shown more than his roles let him. */
export class CreateBulkRead1730000000007 implements MigrationInterface {
  name = 'CreateBulkRead1730000000007';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table role add rows_per_hour integer,
      add end_session_on_bulk_read boolean not null default false`);
    await runner.query(`create table reading (
      hour timestamptz, person_id uuid, rows bigint not null, primary key (hour, person_id))`);
    await runner.query(`create table bulk_read (id uuid primary key, version integer not null, created_at timestamptz not null,
      created_by uuid, updated_at timestamptz not null, external_id text, fingerprint text, user_id uuid not null,
      rows integer not null, rows_per_hour integer not null, starts_at timestamptz not null, sessions_ended boolean not null,
      constraint bulk_read_once unique (user_id, starts_at, rows_per_hour))`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table bulk_read, reading');
    await runner.query('alter table role drop rows_per_hour, drop end_session_on_bulk_read');
  }
}
