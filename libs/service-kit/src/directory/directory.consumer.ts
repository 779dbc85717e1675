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
import { On } from '../on.js';

/** Keeps the directory. Each row is the state after the latest event of its record, whatever order repeats come in. */
@Controller()
export class DirectoryConsumer {
  constructor(private readonly database: Database) {}

  @On(UserCreated, UserUpdated, UserDeactivated, UserReactivated)
  async user({ data: { user }, aggregateVersion }: ReceivedOf<typeof UserUpdated>): Promise<void> {
    await this.database.query({
      name: 'directory:keep-user',
      text: `insert into directory_user as d (id, name, team_id, role, active, version) values ($1, $2, $3, $4, $5, $6)
             on conflict (id) do update set name = excluded.name, team_id = excluded.team_id, role = excluded.role,
               active = excluded.active, version = excluded.version where d.version < excluded.version`,
      values: [user.id, user.name, user.teamId, user.role, user.active, aggregateVersion],
    });
  }

  @On(TeamCreated, TeamUpdated)
  async team({ data: { team }, aggregateVersion }: ReceivedOf<typeof TeamUpdated>): Promise<void> {
    await this.database.query({
      name: 'directory:keep-team',
      text: `insert into directory_team as d (id, name, parent_id, head_id, version) values ($1, $2, $3, $4, $5)
             on conflict (id) do update set name = excluded.name, parent_id = excluded.parent_id,
               head_id = excluded.head_id, version = excluded.version where d.version < excluded.version`,
      values: [team.id, team.name, team.parentId, team.headId, aggregateVersion],
    });
  }

  @On(SessionEnded)
  async session({ data: { session } }: ReceivedOf<typeof SessionEnded>): Promise<void> {
    await this.database.query({
      name: 'directory:end-session',
      text: 'insert into directory_ended_session (id, ends_at) values ($1, $2) on conflict do nothing',
      values: [session.id, session.endsAt],
    });
  }
}
