import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateActivity1730000000001 implements MigrationInterface {
  name = 'CreateActivity1730000000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`create table activity (
      id uuid primary key,
      version integer not null,
      created_at timestamptz not null,
      created_by uuid,
      updated_at timestamptz not null,
      external_id text,
      fingerprint text,
      kind text not null check (kind in ('TASK', 'CALL', 'MEETING')),
      status text not null check (status in ('PLANNED', 'COMPLETED', 'CANCELLED')),
      subject text not null,
      note text,
      due_at timestamptz not null,
      remind_at timestamptz,
      owner_id uuid not null,
      about_kind text check (about_kind in ('lead', 'deal', 'company', 'contact')),
      about_id uuid,
      outcome text,
      completed_at timestamptz,
      next_id uuid,
      reminded_at timestamptz,
      overdue_since timestamptz,
      constraint activity_about check ((about_kind is null) = (about_id is null)),
      constraint activity_completed check ((status = 'COMPLETED') = (completed_at is not null)),
      constraint activity_overdue check (overdue_since is null or status = 'PLANNED'))`);
    for (const index of [
      `create unique index activity_external_id on activity (external_id) where external_id is not null`,
      `create index activity_created on activity (created_at desc, id desc)`,
      `create index activity_due on activity (due_at, id)`,
      `create index activity_owner_created on activity (owner_id, created_at desc, id desc)`,
      `create index activity_owner_due on activity (owner_id, due_at, id)`,
      `create index activity_about_created on activity (about_id, created_at desc, id desc)`,
      // Next steps and agendas.
      `create index activity_about_planned on activity (about_id, due_at, id) where status = 'PLANNED'`,
      `create index activity_owner_planned on activity (owner_id, due_at, id) where status = 'PLANNED'`,
      `create index activity_overdue_list on activity (owner_id, due_at, id) where overdue_since is not null`,
      // What the sweeper looks for: only what is still to be announced.
      `create index activity_to_remind on activity (remind_at)
         where status = 'PLANNED' and reminded_at is null and remind_at is not null`,
      `create index activity_to_fall_due on activity (due_at) where status = 'PLANNED' and overdue_since is null`,
    ])
      await runner.query(index);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table activity');
  }
}
