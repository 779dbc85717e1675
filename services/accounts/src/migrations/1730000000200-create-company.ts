import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateCompany1730000000200 implements MigrationInterface {
  name = 'CreateCompany1730000000200';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`create table company (
      id uuid primary key,
      version integer not null check (version > 0),
      created_at timestamptz not null,
      created_by uuid,
      updated_at timestamptz not null,
      external_id text,
      fingerprint text,
      name text not null,
      parent_id uuid references company (id) deferrable initially deferred,
      phones jsonb not null,
      emails jsonb not null,
      address jsonb,
      site text,
      industry text,
      employees integer check (employees >= 0),
      note text,
      owner_id uuid not null,
      lead_id uuid,
      search_text text generated always as (lower(
        name || ' ' || coalesce(site, '') || ' ' ||
        jsonb_path_query_array(phones, '$[*].*')::text || ' ' || jsonb_path_query_array(emails, '$[*].*')::text
      )) stored,
      constraint company_not_its_own_parent check (parent_id <> id)
    )`);
    await runner.query(
      'create unique index company_external_id on company (external_id) where external_id is not null',
    );
    await runner.query('create index company_created on company (created_at desc, id desc)');
    await runner.query('create index company_updated on company (updated_at desc, id desc)');
    await runner.query('create index company_name on company (name, id)');
    await runner.query('create index company_employees on company (employees desc, id desc)');
    await runner.query('create index company_owner on company (owner_id, created_at desc, id desc)');
    await runner.query('create index company_industry on company (industry, created_at desc, id desc)');
    await runner.query('create index company_parent on company (parent_id, created_at desc, id desc)');
    await runner.query('create index company_lead on company (lead_id) where lead_id is not null');
    await runner.query('create index company_search on company using gin (search_text gin_trgm_ops)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table company');
  }
}
