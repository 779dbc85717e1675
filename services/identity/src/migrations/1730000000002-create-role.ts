import { shippedRoles } from '@voronka/contracts';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Roles as records; a person has any number of them. The four there were before are among those that are shipped. */
export class CreateRole1730000000002 implements MigrationInterface {
  name = 'CreateRole1730000000002';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`create table role (id uuid primary key, version integer not null, created_at timestamptz not null,
      created_by uuid, updated_at timestamptz not null, external_id text, fingerprint text,
      name text not null, description text, grants jsonb not null, constraint role_name unique (name))`);
    await runner.query('create index role_newest on role (created_at desc, id desc)');
    await runner.query('create index role_by_name on role (name, id)');
    await runner.query(`alter table "user" add role_ids uuid[] not null default '{}'`);
    for (const [role, { id }] of Object.entries(shippedRoles))
      await runner.query(`update "user" set role_ids = array[$1::uuid] where role = $2`, [id, role]);
    await runner.query('alter table "user" drop role, alter role_ids drop default');
    await runner.query('create index user_of_role on "user" using gin (role_ids)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table "user" add role text not null default 'SALESPERSON', drop role_ids`);
    await runner.query('drop table role');
  }
}
