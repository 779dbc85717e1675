import type { MigrationInterface, QueryRunner } from 'typeorm';

const record = `id uuid primary key, version integer not null, created_at timestamptz not null, created_by uuid,
  updated_at timestamptz not null, external_id text, fingerprint text`;
/** References are looked at when the transaction ends: a team and its first member may be written together, in any order. */
const late = 'deferrable initially deferred';

const statements = [
  `create table team (${record}, name text not null, parent_id uuid, head_id uuid,
    constraint team_not_its_own_parent check (parent_id <> id),
    constraint team_parent foreign key (parent_id) references team ${late})`,
  `create unique index team_external_id on team (external_id) where external_id is not null`,
  `create index team_newest on team (created_at desc, id desc)`,
  `create index team_name on team (name, id)`,
  `create index team_below on team (parent_id, created_at desc, id desc)`,
  `create index team_led_by on team (head_id, created_at desc, id desc)`,

  `create table "user" (${record}, name text not null, email text not null, team_id uuid, role text not null,
    active boolean not null, password_hash text,
    search_text text generated always as (lower(name || ' ' || email)) stored,
    constraint user_role check (role in ('ADMINISTRATOR', 'HEAD', 'SALESPERSON', 'ANALYST')),
    constraint user_email unique (email),
    constraint user_email_lower check (email = lower(email)),
    constraint user_team foreign key (team_id) references team ${late})`,
  `alter table team add constraint team_head foreign key (head_id) references "user" ${late}`,
  `create unique index user_external_id on "user" (external_id) where external_id is not null`,
  `create index user_newest on "user" (created_at desc, id desc)`,
  `create index user_name on "user" (name, id)`,
  `create index user_of_team on "user" (team_id, created_at desc, id desc)`,
  `create index user_of_role on "user" (role, created_at desc, id desc)`,
  `create index user_active_name on "user" (active, name, id)`,
  `create index user_search on "user" using gin (search_text gin_trgm_ops)`,

  `create table session (${record}, user_id uuid not null, ends_at timestamptz not null, ended boolean not null,
    constraint session_of_user foreign key (user_id) references "user" ${late})`,
  `create index session_open on session (user_id, created_at desc, id desc) where not ended`,

  `create table refresh_token (session_id uuid primary key references session, family_hash bytea not null,
    token_hash bytea not null)`,
];

/** People, teams, sessions, and the refresh tokens of sessions. */
export class CreatePeople1730000000001 implements MigrationInterface {
  name = 'CreatePeople1730000000001';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of statements) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table refresh_token, session, team, "user"');
  }
}
