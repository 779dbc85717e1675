import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a service keeps of those who have left and of what it handed over. For the migrations of services that hand over. */
export class CreateHandover1730000000300 implements MigrationInterface {
  name = 'CreateHandover1730000000300';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`create table handover (
      id uuid primary key, version integer not null check (version > 0),
      created_at timestamptz not null, created_by uuid, updated_at timestamptz not null, external_id text, fingerprint text,
      user_id uuid not null, status text not null check (status in ('RUNNING', 'DONE', 'CLOSED', 'UNDOING', 'UNDONE')),
      plan jsonb not null, loads jsonb not null, total integer not null, handed_over integer not null,
      given_back integer not null, cause jsonb not null)`);
    // Who has a record now, by whichever service it was handed over: what it takes to undo it, and to keep what belongs together.
    await runner.query(`create table handover_record (
      handover_id uuid not null, record_id uuid not null, noun text not null, owner_id uuid not null,
      primary key (handover_id, record_id))`);
    // What was shared with him, and with whom it is in his place; what both had says what to give back.
    await runner.query(`create table handover_share (
      handover_id uuid not null, record_id uuid not null, noun text not null, successor_id uuid not null,
      leaver_had text not null, successor_had text not null, successor_has text not null,
      primary key (handover_id, record_id))`);
    await runner.query(`create table handover_before (
      handover_id uuid not null, part text not null, primary key (handover_id, part))`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table handover_before, handover_share, handover_record, handover');
  }
}
