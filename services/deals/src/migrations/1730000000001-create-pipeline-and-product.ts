import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreatePipelineAndProduct1730000000001 implements MigrationInterface {
  name = 'CreatePipelineAndProduct1730000000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`create table pipeline (
      id uuid primary key, version integer not null check (version > 0),
      created_at timestamptz not null, created_by uuid, updated_at timestamptz not null, external_id text, fingerprint text,
      name text not null check (char_length(name) between 1 and 200),
      is_default boolean not null, archived boolean not null,
      stages jsonb not null check (jsonb_typeof(stages) = 'array' and jsonb_array_length(stages) between 1 and 100),
      constraint pipeline_default_in_use check (not (is_default and archived)),
      -- Deferred, because the default goes from one pipeline to another in one statement, in any order.
      constraint pipeline_one_default exclude (is_default with =) where (is_default) deferrable initially deferred)`);
    await runner.query('create index pipeline_created on pipeline (created_at, id)');
    await runner.query('create index pipeline_name on pipeline (name, id)');
    await runner.query('create index pipeline_stage on pipeline using gin (stages jsonb_path_ops)');
    await runner.query(
      'create unique index pipeline_external_id on pipeline (external_id) where external_id is not null',
    );

    await runner.query(`create table product (
      id uuid primary key, version integer not null check (version > 0),
      created_at timestamptz not null, created_by uuid, updated_at timestamptz not null, external_id text, fingerprint text,
      name text not null check (char_length(name) between 1 and 200), series text,
      amount bigint check (amount between 0 and 9007199254740991), currency text check (currency ~ '^[A-Z]{3}$'),
      active boolean not null,
      search_text text generated always as (lower(name || ' ' || coalesce(series, ''))) stored,
      constraint product_price_whole check ((amount is null) = (currency is null)))`);
    await runner.query('create index product_created on product (created_at, id)');
    await runner.query('create index product_name on product (name, id)');
    await runner.query('create index product_series on product (series, name, id)');
    await runner.query('create index product_search on product using gin (search_text gin_trgm_ops)');
    await runner.query(
      'create unique index product_external_id on product (external_id) where external_id is not null',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table product, pipeline');
  }
}
