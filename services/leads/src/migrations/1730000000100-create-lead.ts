import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateLead1730000000100 implements MigrationInterface {
  name = 'CreateLead1730000000100';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`create table lead (
      id uuid primary key,
      version integer not null check (version > 0),
      created_at timestamptz not null,
      created_by uuid,
      updated_at timestamptz not null,
      external_id text,
      fingerprint text,
      status text not null check (status in ('NEW', 'WORKING', 'QUALIFIED', 'DISQUALIFIED', 'CONVERTING', 'CONVERTED')),
      person_name text,
      company_name text,
      phones jsonb not null,
      emails jsonb not null,
      address jsonb,
      site text,
      source text,
      utm jsonb,
      note text,
      product_ids jsonb not null,
      owner_id uuid not null,
      amount bigint check (amount >= 0),
      currency text,
      disqualify_reason text check (disqualify_reason in (
        'NO_NEED', 'NO_BUDGET', 'NO_CONTACT', 'COMPETITOR', 'DUPLICATE', 'SPAM', 'OTHER')),
      conversion_id uuid,
      former_status text,
      search_text text generated always as (lower(
        coalesce(person_name, '') || ' ' || coalesce(company_name, '') || ' ' ||
        jsonb_path_query_array(phones, '$[*].*')::text || ' ' || jsonb_path_query_array(emails, '$[*].*')::text
      )) stored,
      constraint lead_named check (person_name is not null or company_name is not null),
      constraint lead_money check ((amount is null) = (currency is null)),
      constraint lead_given_up check ((status = 'DISQUALIFIED') = (disqualify_reason is not null)),
      constraint lead_in_conversion check ((status = 'CONVERTING') = (former_status is not null))
    )`);
    await runner.query('create unique index lead_external_id on lead (external_id) where external_id is not null');
    await runner.query('create index lead_created on lead (created_at desc, id desc)');
    await runner.query('create index lead_updated on lead (updated_at desc, id desc)');
    await runner.query('create index lead_amount on lead (amount desc, id desc)');
    await runner.query('create index lead_status on lead (status, created_at desc, id desc)');
    await runner.query('create index lead_owner on lead (owner_id, created_at desc, id desc)');
    await runner.query('create index lead_source on lead (source, created_at desc, id desc)');
    await runner.query('create index lead_search on lead using gin (search_text gin_trgm_ops)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table lead');
  }
}
