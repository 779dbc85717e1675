import { Controller } from '@nestjs/common';
import {
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
    const rows = latest(events).map(({ data: { user }, aggregateVersion: version }) => ({ ...user, version }));
    await this.database.query({
      name: 'directory:keep-users',
      text: `insert into directory_user as d (id, name, team_id, role, active, version)
             select * from unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::boolean[], $6::int[])
             on conflict (id) do update set name = excluded.name, team_id = excluded.team_id, role = excluded.role,
               active = excluded.active, version = excluded.version where d.version < excluded.version`,
      values: columns(rows, 'id', 'name', 'teamId', 'role', 'active', 'version'),
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
