import { Controller } from '@nestjs/common';
import {
  BulkReadNoticed,
  CoverArranged,
  CoverEnded,
  RoleCreated,
  RoleUpdated,
  RoleWithdrawn,
  SessionEnded,
  TeamCreated,
  TeamUpdated,
  UserCreated,
  UserDeactivated,
  UserReactivated,
  UserUpdated,
  type ReceivedOf,
} from '@voronka/contracts';
import { Database } from '@voronka/messaging';
import { columns } from '../columns.js';
import { Keep, latest } from '../on.js';

/** Keeps the directory. Each row is the state after the latest event of its record, whatever order repeats come in. */
@Controller()
export class DirectoryConsumer {
  constructor(private readonly database: Database) {}

  @Keep(['directory_user'], UserCreated, UserUpdated, UserDeactivated, UserReactivated)
  async users(events: readonly ReceivedOf<typeof UserUpdated>[]): Promise<void> {
    const rows = latest(events).map(({ data: { user }, aggregateVersion: version }) => ({
      ...user,
      roleIds: JSON.stringify(user.roleIds),
      version,
    }));
    await this.database.query({
      name: 'directory:keep-users',
      text: `insert into directory_user as d (id, name, team_id, role_ids, active, version)
             select id, name, team_id, array(select jsonb_array_elements_text(role_ids))::uuid[], active, version
             from unnest($1::uuid[], $2::text[], $3::uuid[], $4::jsonb[], $5::boolean[], $6::int[])
               as n(id, name, team_id, role_ids, active, version)
             on conflict (id) do update set name = excluded.name, team_id = excluded.team_id,
               role_ids = excluded.role_ids, active = excluded.active, version = excluded.version where d.version < excluded.version`,
      values: columns(rows, 'id', 'name', 'teamId', 'roleIds', 'active', 'version'),
    });
  }

  @Keep(['directory_team'], TeamCreated, TeamUpdated)
  async teams(events: readonly ReceivedOf<typeof TeamUpdated>[]): Promise<void> {
    const rows = latest(events).map(({ data: { team }, aggregateVersion: version }) => ({ ...team, version }));
    await this.database.query({
      name: 'directory:keep-teams',
      text: `insert into directory_team as d (id, name, parent_id, head_id, version)
             select * from unnest($1::uuid[], $2::text[], $3::uuid[], $4::uuid[], $5::int[])
             on conflict (id) do update set name = excluded.name, parent_id = excluded.parent_id,
               head_id = excluded.head_id, version = excluded.version where d.version < excluded.version`,
      values: columns(rows, 'id', 'name', 'parentId', 'headId', 'version'),
    });
  }

  /** A role that is gone stays, and grants nothing: a repetition of what was before must not bring it back. */
  @Keep(['directory_role'], RoleCreated, RoleUpdated, RoleWithdrawn)
  async roles(events: readonly ReceivedOf<typeof RoleUpdated>[]): Promise<void> {
    const rows = latest(events).map(({ type, data: { role }, aggregateVersion: version }) => ({
      id: role.id,
      grants: JSON.stringify(type === RoleWithdrawn.type ? [] : role.grants),
      pipelines: role.pipelines ? JSON.stringify(role.pipelines) : null,
      fields: JSON.stringify(role.fields ?? []),
      rowsPerHour: role.rowsPerHour ?? null,
      version,
    }));
    await this.database.query({
      name: 'directory:keep-roles',
      text: `insert into directory_role as d (id, grants, pipelines, fields, rows_per_hour, version)
             select * from unnest($1::uuid[], $2::jsonb[], $3::jsonb[], $4::jsonb[], $5::int[], $6::int[])
             on conflict (id) do update set grants = excluded.grants, pipelines = excluded.pipelines, fields = excluded.fields,
               rows_per_hour = excluded.rows_per_hour, version = excluded.version where d.version < excluded.version`,
      values: columns(rows, 'id', 'grants', 'pipelines', 'fields', 'rowsPerHour', 'version'),
    });
  }

  @Keep(['directory_cover'], CoverArranged, CoverEnded)
  async covers(events: readonly ReceivedOf<typeof CoverEnded>[]): Promise<void> {
    const rows = latest(events).map(({ data: { cover }, aggregateVersion: version }) => ({ ...cover, version }));
    await this.database.query({
      name: 'directory:keep-covers',
      text: `insert into directory_cover as d (id, owner_id, substitute_id, starts_at, ends_at, version)
             select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::timestamptz[], $5::timestamptz[], $6::int[])
             on conflict (id) do update set ends_at = excluded.ends_at, version = excluded.version
             where d.version < excluded.version`,
      values: columns(rows, 'id', 'ownerId', 'substituteId', 'startsAt', 'endsAt', 'version'),
    });
  }

  @Keep(['directory_bulk_read'], BulkReadNoticed)
  async bulkReads(events: readonly ReceivedOf<typeof BulkReadNoticed>[]): Promise<void> {
    const rows = events.map(({ data }) => data.bulkRead);
    await this.database.query({
      name: 'directory:keep-bulk-reads',
      text: `insert into directory_bulk_read (id, user_id, rows, starts_at, ends_at)
             select * from unnest($1::uuid[], $2::uuid[], $3::int[], $4::timestamptz[], $5::timestamptz[])
             on conflict do nothing`,
      values: columns(rows, 'id', 'userId', 'rows', 'startsAt', 'endsAt'),
    });
  }

  @Keep(['directory_ended_session'], SessionEnded)
  async sessions(events: readonly ReceivedOf<typeof SessionEnded>[]): Promise<void> {
    const rows = events.map(({ data }) => data.session);
    await this.database.query({
      name: 'directory:end-sessions',
      text: `insert into directory_ended_session (id, ends_at)
             select * from unnest($1::uuid[], $2::timestamptz[]) on conflict do nothing`,
      values: columns(rows, 'id', 'endsAt'),
    });
  }
}
