import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateContact1730000000201 implements MigrationInterface {
  name = 'CreateContact1730000000201';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`create table contact (
      id uuid primary key,
      version integer not null check (version > 0),
      created_at timestamptz not null,
      created_by uuid,
      updated_at timestamptz not null,
      external_id text,
      fingerprint text,
      name text not null,
      position text,
      phones jsonb not null,
      emails jsonb not null,
      address jsonb,
      note text,
      owner_id uuid not null,
      lead_id uuid,
      companies jsonb not null,
      search_text text generated always as (lower(
        name || ' ' ||
        jsonb_path_query_array(phones, '$[*].*')::text || ' ' || jsonb_path_query_array(emails, '$[*].*')::text
      )) stored,
      constraint contact_one_primary check (
        jsonb_array_length(jsonb_path_query_array(companies, '$[*] ? (@.primary == true)')) <= 1)
    )`);
    await runner.query(
      'create unique index contact_external_id on contact (external_id) where external_id is not null',
    );
    await runner.query('create index contact_created on contact (created_at desc, id desc)');
    await runner.query('create index contact_updated on contact (updated_at desc, id desc)');
    await runner.query('create index contact_name on contact (name, id)');
    await runner.query('create index contact_owner on contact (owner_id, created_at desc, id desc)');
    await runner.query('create index contact_lead on contact (lead_id) where lead_id is not null');
    await runner.query('create index contact_companies on contact using gin (companies jsonb_path_ops)');
    await runner.query('create index contact_search on contact using gin (search_text gin_trgm_ops)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table contact');
  }
}
