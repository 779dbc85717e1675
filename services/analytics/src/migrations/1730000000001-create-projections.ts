import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateProjections1730000000001 implements MigrationInterface {
  name = 'CreateProjections1730000000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`create table pipeline (
      id uuid primary key, name text not null, stages jsonb not null, version integer not null)`);

    // A deal as it stands, and every stage it has been in.
    await runner.query(`create table deal (
      id uuid primary key,
      version integer not null,
      withdrawn boolean not null,
      pipeline_id uuid not null,
      stage_id uuid not null,
      visited uuid[] not null,
      status text not null check (status in ('OPEN', 'WON', 'LOST')),
      owner_id uuid not null,
      source text,
      amount bigint check (amount >= 0),
      currency text,
      lines jsonb not null,
      opened_at timestamptz not null,
      closed_at timestamptz,
      constraint deal_closed check ((status = 'OPEN') = (closed_at is null)))`);
    const figures = 'include (id, owner_id, stage_id, status, amount, currency, visited)';
    await runner.query(`create index deal_cohort on deal (pipeline_id, opened_at) ${figures} where not withdrawn`);
    await runner.query(`create index deal_closings on deal (closed_at)
      include (pipeline_id, owner_id, status, amount, currency, source, opened_at) where not withdrawn and status <> 'OPEN'`);
    await runner.query(`create index deal_open on deal (opened_at)
      include (pipeline_id, owner_id, amount, currency, source) where not withdrawn and status = 'OPEN'`);
    await runner.query(`create index deal_owner_opened on deal (owner_id, opened_at) where not withdrawn`);
    await runner.query(`create index deal_owner_closed on deal (owner_id, closed_at)
      where not withdrawn and status <> 'OPEN'`);

    // One stay of a deal in a stage; its facts have the versions 2n − 1 and 2n.
    await runner.query(`create table deal_stay (
      deal_id uuid,
      n integer check (n >= 1),
      pipeline_id uuid not null,
      stage_id uuid not null,
      entered_at timestamptz not null,
      left_at timestamptz,
      how text check (how in ('MOVED', 'WON', 'LOST', 'WITHDRAWN')),
      primary key (deal_id, n) include (pipeline_id, stage_id, entered_at, left_at),
      constraint deal_stay_left check ((left_at is null) = (how is null) and left_at >= entered_at))`);

    // A lead as it stands, and how far it ever came: 0 captured, 1 working, 2 qualified.
    await runner.query(`create table lead (
      id uuid primary key,
      version integer not null,
      status text not null check (status in ('NEW', 'WORKING', 'QUALIFIED', 'DISQUALIFIED', 'CONVERTING', 'CONVERTED')),
      furthest integer not null check (furthest between 0 and 2),
      owner_id uuid not null,
      source text,
      captured_at timestamptz not null,
      converted_at timestamptz,
      constraint lead_converted check ((status = 'CONVERTED') = (converted_at is not null)))`);
    await runner.query(`create index lead_captured on lead (captured_at)
      include (status, furthest, owner_id, source, converted_at)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table lead, deal_stay, deal, pipeline');
  }
}
