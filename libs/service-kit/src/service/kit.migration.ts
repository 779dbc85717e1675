import { shippedRoles } from '@voronka/contracts';
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

/** Somebody has roles, which are records and grant what they say; the four there were before are among those shipped. */
export class CreateDirectoryRoles1700000000004 implements MigrationInterface {
  name = 'CreateDirectoryRoles1700000000004';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      'create table directory_role (id uuid primary key, grants jsonb not null, version integer not null)',
    );
    await runner.query(`alter table directory_user add role_ids uuid[] not null default '{}'`);
    for (const [role, { id }] of Object.entries(shippedRoles))
      await runner.query(`update directory_user set role_ids = array[$1::uuid] where role = $2`, [id, role]);
    await runner.query('alter table directory_user drop role');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table directory_user add role text not null default 'SALESPERSON'`);
    await runner.query('alter table directory_user drop role_ids');
    await runner.query('drop table directory_role');
  }
}

/** A role counts in some pipelines, and keeps fields from who has it. */
export class AddRoleLimits1700000000008 implements MigrationInterface {
  name = 'AddRoleLimits1700000000008';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table directory_role add pipelines jsonb, add fields jsonb not null default '[]'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table directory_role drop pipelines, drop fields');
  }
}

/** Who does the work of somebody who is absent. */
export class CreateDirectoryCover1700000000005 implements MigrationInterface {
  name = 'CreateDirectoryCover1700000000005';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`create table directory_cover (
      id uuid primary key, owner_id uuid not null, substitute_id uuid not null,
      starts_at timestamptz not null, ends_at timestamptz not null, version integer not null)`);
    await runner.query('create index directory_cover_end on directory_cover (ends_at)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table directory_cover');
  }
}

/** How much somebody may be shown within an hour, and who was shown more. */
export class CreateDirectoryBulkRead1700000000006 implements MigrationInterface {
  name = 'CreateDirectoryBulkRead1700000000006';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table directory_role add rows_per_hour integer');
    await runner.query(`create table directory_bulk_read (id uuid primary key, user_id uuid not null, rows integer not null,
      starts_at timestamptz not null, ends_at timestamptz not null)`);
    await runner.query('create index directory_bulk_read_end on directory_bulk_read (ends_at)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table directory_bulk_read');
    await runner.query('alter table directory_role drop rows_per_hour');
  }
}

/**
 * With whom anything was ever shared here, so that lists of the others need not look for it. Tables of what can be shared keep
 * it by `notesShareHolders`: no way to write goes past it.
 */
export class CreateShareHolder1700000000009 implements MigrationInterface {
  name = 'CreateShareHolder1700000000009';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('create table share_holder (id uuid primary key)');
    await runner.query(`create function note_share_holders() returns trigger language plpgsql as $$ begin
      insert into share_holder select unnest(new.shared_to_read) on conflict do nothing;
      return null;
    end $$`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop function note_share_holders()');
    await runner.query('drop table share_holder');
  }
}

/** What tells this database from any other, wherever it is moved or restored to: the broker knows by it whose a service's positions are. */
export class CreateDatabaseId1700000000010 implements MigrationInterface {
  name = 'CreateDatabaseId1700000000010';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('create table database_id (id uuid primary key)');
    await runner.query('insert into database_id values (gen_random_uuid())');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table database_id');
  }
}

/** Has a table whose records can be shared tell with whom they are; those that are there are taken up. */
export async function notesShareHolders(runner: QueryRunner, table: string): Promise<void> {
  await runner.query(`create trigger share_holders after insert or update of shared_to_read on ${table}
    for each row when (new.shared_to_read <> '{}') execute function note_share_holders()`);
  await runner.query(`insert into share_holder
    select distinct unnest(shared_to_read) from ${table} where shared_to_read <> '{}' on conflict do nothing`);
}
