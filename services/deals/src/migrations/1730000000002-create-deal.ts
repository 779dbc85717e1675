import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateDeal1730000000002 implements MigrationInterface {
  name = 'CreateDeal1730000000002';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`create table deal (
      id uuid primary key, version integer not null check (version > 0),
      created_at timestamptz not null, created_by uuid, updated_at timestamptz not null, external_id text, fingerprint text,
      title text not null check (char_length(title) between 1 and 200),
      status text not null check (status in ('OPEN', 'WON', 'LOST')),
      pipeline_id uuid not null references pipeline (id), stage_id uuid not null,
      stage_position integer not null check (stage_position >= 0),
      amount bigint check (amount between 0 and 9007199254740991), currency text check (currency ~ '^[A-Z]{3}$'),
      lines jsonb not null check (jsonb_typeof(lines) = 'array'),
      owner_id uuid not null, team_id uuid, company_id uuid, contact_id uuid, lead_id uuid,
      source text, expected_close_on date,
      lost_reason text check (lost_reason in
        ('PRICE', 'COMPETITOR', 'NO_BUDGET', 'NO_DECISION', 'TIMING', 'NO_CONTACT', 'OTHER', 'UNKNOWN')),
      closed_at timestamptz, counted_at timestamptz not null,
      search_text text generated always as (lower(title)) stored,
      constraint deal_amount_whole check ((amount is null) = (currency is null)),
      constraint deal_closed_when_not_open check ((status = 'OPEN') = (closed_at is null)),
      constraint deal_reason_when_lost check ((status = 'LOST') = (lost_reason is not null)))`);

    // Orders; each can be read either way.
    await runner.query('create index deal_created on deal (created_at, id)');
    await runner.query('create index deal_updated on deal (updated_at, id)');
    await runner.query('create index deal_amount on deal (amount, id) where amount is not null');
    await runner.query(
      'create index deal_expected on deal (expected_close_on, id) where expected_close_on is not null',
    );
    await runner.query('create index deal_closed on deal (closed_at, id) where closed_at is not null');

    // Filters, each in the default order.
    await runner.query('create index deal_owner on deal (owner_id, created_at, id)');
    await runner.query('create index deal_status on deal (status, created_at, id)');
    await runner.query('create index deal_pipeline on deal (pipeline_id, created_at, id)');
    await runner.query('create index deal_company on deal (company_id, created_at, id) where company_id is not null');
    await runner.query('create index deal_contact on deal (contact_id, created_at, id) where contact_id is not null');
    await runner.query('create index deal_lead on deal (lead_id, created_at, id) where lead_id is not null');
    await runner.query('create index deal_source on deal (source, created_at, id) where source is not null');
    await runner.query('create index deal_stage on deal (stage_id, created_at, id)');
    await runner.query('create index deal_search on deal using gin (search_text gin_trgm_ops)');
    await runner.query('create unique index deal_external_id on deal (external_id) where external_id is not null');

    // The board reads nothing but this.
    await runner.query(
      `create index deal_board on deal (pipeline_id, stage_id, currency) include (amount) where status = 'OPEN'`,
    );
    // And a column of the board, its cards.
    await runner.query(`create index deal_board_stage on deal (stage_id, created_at, id) where status = 'OPEN'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table deal');
  }
}
