import { messagingUp } from '@voronka/messaging';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What every service's database holds beside its own tables: outbox, inbox, parked events, directory, references. */
export class CreateKitTables1700000000000 implements MigrationInterface {
  name = 'CreateKitTables1700000000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of messagingUp) await runner.query(statement);
    await runner.query(`create extension if not exists pg_trgm`);
    await runner.query(`create table directory_user (
      id uuid primary key, name text not null, team_id uuid, role text not null, active boolean not null, version integer not null)`);
    await runner.query(`create index directory_user_team on directory_user (team_id)`);
    await runner.query(`create table directory_team (
      id uuid primary key, name text not null, parent_id uuid, head_id uuid, version integer not null)`);
    await runner.query(`create index directory_team_parent on directory_team (parent_id)`);
    await runner.query(`create table directory_ended_session (id uuid primary key, ends_at timestamptz not null)`);
    await runner.query(`create table reference (kind text, id uuid, primary key (kind, id))`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table reference, directory_ended_session, directory_team, directory_user');
  }
}

/** Keeps per record how far a service has come; the statements of messaging may run again. */
export class CreateRecordProgress1700000000001 implements MigrationInterface {
  name = 'CreateRecordProgress1700000000001';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of messagingUp) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table record_progress');
  }
}

/** Makes the inbox prunable by age. */
export class IndexInboxAge1700000000002 implements MigrationInterface {
  name = 'IndexInboxAge1700000000002';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of messagingUp) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop index inbox_age, parked_event_event');
  }
}

/** Lets an operator hold a topic, so that partitions can be added to it. */
export class CreateOutboxHold1700000000003 implements MigrationInterface {
  name = 'CreateOutboxHold1700000000003';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of messagingUp) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table outbox_hold');
  }
}
