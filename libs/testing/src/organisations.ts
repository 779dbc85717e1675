import { scopes, type Entity, type Grant, type Id, type Scope } from '@voronka/contracts';
import { newId, type Database } from '@voronka/service-kit';
import fc from 'fast-check';

/** An organisation that might be: what identity's events would have told a service of it. */
export interface Made {
  readonly teams: readonly { readonly id: Id; readonly parentId: Id | null; readonly headId: Id | null }[];
  readonly people: readonly {
    readonly id: Id;
    readonly teamId: Id | null;
    readonly roleIds: readonly Id[];
    readonly active: boolean;
  }[];
  readonly roles: readonly {
    readonly id: Id;
    readonly grants: readonly Grant[];
    readonly pipelines: readonly { readonly pipelineId: Id; readonly stageIds: null }[] | null;
  }[];
  readonly covers: readonly { readonly ownerId: Id; readonly substituteId: Id }[];
}
export interface SomeRecord {
  readonly id: Id;
  readonly ownerId: Id;
  readonly sharedToRead: readonly Id[];
  readonly pipelineId: Id;
}
export interface World {
  readonly organisation: Made;
  /** The same people, teams and roles, some of them otherwise: somebody has moved, a right was taken. */
  readonly later: Made;
  readonly records: readonly SomeRecord[];
}

const PEOPLE = 7;
const TEAMS = 5;
const ROLES = 4;
const ids = (count: number) => Array.from({ length: count }, () => newId());

/** Worlds with records in these pipelines, in which roles grant reading this entity. */
export function worlds(entity: Entity, pipelineIds: readonly Id[]): fc.Arbitrary<World> {
  const [people, teams, roles] = [ids(PEOPLE), ids(TEAMS), ids(ROLES)];
  const oneOf = (all: readonly Id[]) => fc.constantFrom(...all);
  const orNull = (all: readonly Id[]) => fc.option(oneOf(all), { nil: null });
  const some = (all: readonly Id[], most: number) => fc.uniqueArray(oneOf(all), { maxLength: most });
  const each = <T>(all: readonly Id[], of: (id: Id, i: number) => fc.Arbitrary<T>) => fc.tuple(...all.map(of));
  const organisation: fc.Arbitrary<Made> = fc.record({
    // A team lies below one made before it, so that there is no cycle.
    teams: each(teams, (id, i) =>
      fc.record({
        id: fc.constant(id),
        parentId: i === 0 ? fc.constant(null) : orNull(teams.slice(0, i)),
        headId: orNull(people),
      }),
    ),
    people: each(people, (id) =>
      fc.record({
        id: fc.constant(id),
        teamId: orNull(teams),
        roleIds: some(roles, 2),
        active: fc.boolean().map((a) => a || id !== people[0]),
      }),
    ),
    roles: each(roles, (id) =>
      fc.record({
        id: fc.constant(id),
        grants: fc
          .array(fc.constantFrom<Scope>(...scopes), { maxLength: 2 })
          .map((all) => all.map((scope): Grant => ({ entity, action: 'read', scope }))),
        pipelines: fc.option(
          some(pipelineIds, 2).map((all) => all.map((pipelineId) => ({ pipelineId, stageIds: null }))),
          { nil: null },
        ),
      }),
    ),
    covers: fc.array(fc.record({ ownerId: oneOf(people), substituteId: oneOf(people) }), { maxLength: 2 }),
  });
  const records = fc.array(
    fc.record({
      id: fc.constant(null).map(newId),
      ownerId: oneOf(people),
      sharedToRead: fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, some([...people, ...teams], 2)),
      pipelineId: oneOf(pipelineIds),
    }),
    { minLength: 5, maxLength: 20 },
  );
  return fc.record({ organisation, later: organisation, records });
}

/** Says to a service's directory what its people, teams and roles are. Each time it is newer than before. */
export async function tell(database: Database, { teams, people, roles, covers }: Made, version: number): Promise<void> {
  const rows = (all: readonly object[]) => JSON.stringify(all);
  await database.transaction(async () => {
    await database.query({
      text: `insert into directory_team (id, name, parent_id, head_id, version)
             select id, 'A team', "parentId", "headId", $2 from jsonb_to_recordset($1) as t(id uuid, "parentId" uuid, "headId" uuid)
             on conflict (id) do update set parent_id = excluded.parent_id, head_id = excluded.head_id, version = excluded.version`,
      values: [rows(teams), version],
    });
    await database.query({
      text: `insert into directory_user (id, name, team_id, role_ids, active, version)
             select id, 'Somebody', "teamId", array(select jsonb_array_elements_text("roleIds"))::uuid[], active, $2
             from jsonb_to_recordset($1) as t(id uuid, "teamId" uuid, "roleIds" jsonb, active boolean)
             on conflict (id) do update set team_id = excluded.team_id, role_ids = excluded.role_ids,
               active = excluded.active, version = excluded.version`,
      values: [rows(people), version],
    });
    await database.query({
      text: `insert into directory_role (id, grants, pipelines, version)
             select id, grants, case when jsonb_typeof(pipelines) = 'null' then null else pipelines end, $2
             from jsonb_to_recordset($1) as t(id uuid, grants jsonb, pipelines jsonb)
             on conflict (id) do update set grants = excluded.grants, pipelines = excluded.pipelines, version = excluded.version`,
      values: [rows(roles), version],
    });
    await database.query({ text: 'delete from directory_cover' });
    await database.query({
      text: `insert into directory_cover (id, owner_id, substitute_id, starts_at, ends_at, version)
             select gen_random_uuid(), "ownerId", "substituteId", '2000-01-01', '2100-01-01', 1
             from jsonb_to_recordset($1) as t("ownerId" uuid, "substituteId" uuid)`,
      values: [rows(covers)],
    });
  });
}

/**
 * Whether somebody may read a record: said again from the rules alone, person by person and record by record, apart from
 * how the services know it. `worked`: whether covers and shares count for what is asked for.
 */
export function mayRead(
  { teams, people, roles, covers }: Made,
  who: Id,
  record: Omit<SomeRecord, 'id'>,
  worked = true,
): boolean {
  const person = people.find(({ id }) => id === who);
  if (!person?.active) return false;
  const teamOf = (id: Id) => people.find((one) => one.id === id)?.teamId ?? null;
  const above = (id: Id | null): Id[] =>
    id === null ? [] : [id, ...above(teams.find((team) => team.id === id)?.parentId ?? null)];
  const his = [teamOf(who), ...teams.filter(({ headId }) => headId === who).map(({ id }) => id)].filter(
    (id): id is Id => id !== null,
  );
  const ownersTeam = teamOf(record.ownerId);
  const own =
    record.ownerId === who ||
    (worked && covers.some(({ ownerId, substituteId }) => substituteId === who && ownerId === record.ownerId));
  const inScope: Record<Scope, boolean> = {
    OWN: own,
    TEAM: own || (ownersTeam !== null && his.includes(ownersTeam)),
    BRANCH: own || above(ownersTeam).some((id) => his.includes(id)),
    ALL: true,
  };
  const shared = worked && [who, ...his.flatMap(above)].some((holder) => record.sharedToRead.includes(holder));
  return roles
    .filter(({ id }) => person.roleIds.includes(id))
    .filter(({ pipelines }) => pipelines?.some(({ pipelineId }) => pipelineId === record.pipelineId) ?? true)
    .some(({ grants }) => grants.some(({ scope }) => inScope[scope] || shared));
}
