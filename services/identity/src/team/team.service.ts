import { Injectable } from '@nestjs/common';
import { text, type Actor, type Id } from '@voronka/contracts';
import {
  check,
  checkPatch,
  Database,
  happened,
  id,
  many,
  maybe,
  one,
  optional,
  Store,
  type Created,
  type ImportOutcome,
  type ListArgs,
  type Page,
} from '@voronka/service-kit';
import { z } from 'zod';
import { User } from '../user/user.js';
import { type CreateTeamInput, type ImportTeamInput, type UpdateTeamInput, teamList } from './team.graphql.js';
import { Team, type TeamContent } from './team.js';

const content = z.object({ name: text(200), parentId: optional(id), headId: optional(id) });
const newTeam = content.extend({ id: optional(id) });
const importedTeam = content.extend({ externalId: text(200) });

/** The use cases around teams. Who may call them is said at the door. */
@Injectable()
export class TeamService {
  constructor(
    private readonly store: Store,
    private readonly database: Database,
  ) {}

  get(by: Actor, teamId: Id): Promise<Team> {
    return this.store.get(by, Team, teamId);
  }

  byIds(by: Actor, ids: readonly Id[]): Promise<(Team | null)[]> {
    return this.store.byIds(by, Team, ids);
  }

  list(by: Actor, args: ListArgs): Promise<Page<Team>> {
    return this.store.list(by, teamList, args);
  }

  children(by: Actor, teamIds: readonly Id[], first: number): Promise<Team[][]> {
    return this.store.related(by, Team, 'parent_id', teamIds, first);
  }

  members(by: Actor, teamIds: readonly Id[], first: number): Promise<User[][]> {
    return this.store.related(by, User, 'team_id', teamIds, first);
  }

  users(by: Actor, ids: readonly Id[]): Promise<(User | null)[]> {
    return this.store.byIds(by, User, ids);
  }

  async create(by: Actor, input: CreateTeamInput, occurredAt?: Date | null): Promise<Team> {
    const { id: chosen, ...rest } = check(newTeam, input);
    const { record } = await this.found(by, rest, { id: chosen }, occurredAt, 'occurredAt');
    return record;
  }

  import(by: Actor, rows: readonly ImportTeamInput[]): Promise<ImportOutcome[]> {
    return this.store.importRows(Team, rows, async (row, rowId) => {
      const { externalId, ...rest } = check(importedTeam, row);
      return this.found(by, rest, { id: rowId, externalId }, row.occurredAt, 'input.occurredAt');
    });
  }

  async update(
    by: Actor,
    teamId: Id,
    input: UpdateTeamInput,
    { expectedVersion, occurredAt }: { expectedVersion?: number | null; occurredAt?: Date | null } = {},
  ): Promise<Team> {
    const patch = checkPatch(content, input);
    const slots = {
      team: one(Team, teamId, expectedVersion),
      above: many(Team, await this.upwards(patch.parentId)),
      head: maybe(User, patch.headId),
    };
    const { team } = await this.store.write(by, slots, ({ team, above, head }, now) =>
      team.change(patch, { above, head }, happened(occurredAt, now)),
    );
    return team;
  }

  private async found(
    by: Actor,
    rest: TeamContent,
    identity: { id: Id | null; externalId?: string },
    occurredAt: Date | null | undefined,
    field: string,
  ): Promise<Created<Team>> {
    const uses = { parent: maybe(Team, rest.parentId), head: maybe(User, rest.headId) };
    const from = { ...identity, content: { ...rest, occurredAt: occurredAt ?? null }, uses };
    return this.store.create(by, Team, from, ({ parent, head }, teamId, now) =>
      Team.found(teamId, rest, { above: parent ? [parent] : [], head }, by, happened(occurredAt, now, field)),
    );
  }

  /** The team and all above it; empty where there is none. */
  private async upwards(teamId: Id | null | undefined): Promise<Id[]> {
    if (!teamId) return [];
    const { rows } = await this.database.query<{ id: Id }>({
      name: 'team:upwards',
      text: `with recursive upwards(id, parent_id) as (
               select id, parent_id from team where id = $1
               union select t.id, t.parent_id from team t join upwards u on t.id = u.parent_id
             ) select id from upwards`,
      values: [teamId],
    });
    return rows.map((row) => row.id);
  }
}
