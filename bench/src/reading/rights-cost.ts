import { shippedRoles } from '@voronka/contracts';
import type pg from 'pg';
import { v7 as newId } from 'uuid';
import { inTurns } from '../harness/in-turns.js';
import type { Prepared, Scenario } from '../harness/scenario.js';
import type { AskedDeals } from '../processes/deal-reader.js';

const sizes = {
  full: { deals: 100_000, people: 5_000, levels: 12, slices: 40, sliceSeconds: 0.5 },
  small: { deals: 20_000, people: 1_000, levels: 12, slices: 20, sliceSeconds: 0.3 },
  smoke: { deals: 400, people: 60, levels: 12, slices: 2, sliceSeconds: 0.2 },
};
type S = (typeof sizes)['full'];
interface Slice {
  readonly reads: number;
  readonly wrong: number;
}
const ROWS = 50;
const fields = 'id title status amount { amount currency } owner { id } stage { id } createdAt';
const LIST = `query ($filter: DealFilter) { deals(first: ${ROWS}, filter: $filter) { nodes { ${fields} } } }`;
const COUNT = `query ($filter: DealFilter) { deals(first: ${ROWS}, filter: $filter) { totalCount nodes { ${fields} } } }`;

const faster = { unit: 'reads/s', better: 'more' } as const;

/** What it costs that everybody sees only what is his. */
export const rightsCost: Scenario<S> = {
  name: 'rights-cost',
  group: 'reading',
  title: 'What rights cost a reader',
  what:
    'Sixteen connections read deals from the deals service over GraphQL, as it is shipped, and in turns from the same process with whose a record is left out; the people are spread over a tree of twelve levels, the deals over the people. ' +
    'The head of all but a fiftieth of them, so that both read about as many rows, reads deals by their ids, pages of 50 of the newest, and such pages with how many there are. The head of a small team at the bottom reads pages of 50: its floor is the same list with his people named in the filter, read without rights. ' +
    'Checked: every answer has as many deals as it should.',
  per: 'read',
  measures: {
    card: { name: 'one deal', ...faster, goal: { ofFloor: 0.9 }, floors: ['bareCard'] },
    page: { name: 'pages of nearly all', ...faster, goal: { ofFloor: 0.9 }, floors: ['barePage'] },
    count: { name: 'the same with the count', ...faster, goal: { ofFloor: 0.9 }, floors: ['bareCount'] },
    team: { name: 'pages of a small team', ...faster, goal: { ofFloor: 0.9 }, floors: ['bareTeam'] },
  },
  floors: {
    bareCard: { name: 'without rights', unit: 'reads/s' },
    barePage: { name: 'without rights', unit: 'reads/s' },
    bareCount: { name: 'without rights', unit: 'reads/s' },
    bareTeam: { name: 'without rights, people named', unit: 'reads/s' },
  },
  sizes,
  minutes: 15,
  prepare: async (ground, { deals, people, levels, slices, sliceSeconds }) => {
    await ground.topics();
    const databaseUrl = await ground.serviceDatabase('deals');
    await ground.migrate('deals', databaseUrl);
    const client = await ground.connect(databaseUrl);
    const service = await ground.serviceInside('deals', 'deals-service');
    const { head, leader, team, ids } = await fill(client, { deals, people, levels });
    const reader = await ground.worker('reader', 'deal-reader', { url: await service.call<string>('graphql') });
    const [headToken, leaderToken] = [
      await ground.identity('deals', head, '1h'),
      await ground.identity('deals', leader, '1h'),
    ];
    let wrong = 0;

    type Asked = Omit<AskedDeals, 'seconds'>;
    const ofHead = (query: string, variables: readonly object[] = [], rows = ROWS): Asked => ({
      ...{ token: headToken, query, variables, rows },
    });
    const teamRows = Math.min(ROWS, ids.filter(({ ownerId }) => team.includes(ownerId)).length);
    const named = [{ filter: { ownerId: { in: team } } }];
    const kinds: Record<'card' | 'page' | 'count' | 'team', readonly [Asked, Asked]> = {
      card: both(
        ofHead(
          `query ($id: ID!) { deal(id: $id) { ${fields} } }`,
          ids.map(({ id }) => ({ id })),
          1,
        ),
      ),
      page: both(ofHead(LIST)),
      count: both(ofHead(COUNT)),
      team: [
        { token: leaderToken, query: LIST, variables: [], rows: teamRows },
        { token: leaderToken, query: LIST, variables: named, rows: teamRows },
      ],
    };
    const turn = async (asked: Asked, on: boolean): Promise<number> => {
      await service.call('rights', { on });
      const slice = await reader.call<Slice>('read', { ...asked, seconds: sliceSeconds });
      wrong += slice.wrong;
      return slice.reads;
    };
    const readsOf = async ([asked, bare]: readonly [Asked, Asked]) => {
      const reads = { with: 0, without: 0 };
      await inTurns(slices, async (rights, counts) => {
        const read = await turn(rights ? asked : bare, rights);
        if (counts) reads[rights ? 'with' : 'without'] += read;
      });
      const each = slices * sliceSeconds;
      return { with: reads.with / each, without: reads.without / each };
    };

    return {
      run: async () => {
        const [card, page] = [await readsOf(kinds.card), await readsOf(kinds.page)];
        const [count, small] = [await readsOf(kinds.count), await readsOf(kinds.team)];
        return {
          figures: { card: card.with, page: page.with, count: count.with, team: small.with },
          floors: {
            ...{ bareCard: card.without, barePage: page.without, bareCount: count.without, bareTeam: small.without },
          },
          notes: { 'people of the small team': team.length },
        };
      },
      check: () => Promise.resolve(wrong === 0 ? [] : [`${wrong} answers were wrong.`]),
    } satisfies Prepared;
  },
};

const both = <T>(one: T): readonly [T, T] => [one, one];

/**
 * A tree of teams, two below each but the last level's, as far as there are people for; all but a fiftieth of the people are below one
 * of the two at the second level, which `head` heads. A deal each in turn. `leader` heads the lowest team of his side alone.
 */
async function fill(client: pg.Client, { deals, people, levels }: Pick<S, 'deals' | 'people' | 'levels'>) {
  const roleId = shippedRoles.HEAD.id;
  await client.query(
    'insert into directory_role (id, grants, version) values ($1, $2, 1) on conflict (id) do update set grants = excluded.grants',
    [roleId, JSON.stringify(shippedRoles.HEAD.grants)],
  );
  const teams: { id: string; parentId: string | null; level: number }[] = [{ id: newId(), parentId: null, level: 1 }];
  const chains = Math.max(2, Math.floor(people / 50));
  for (let chain = 0; chain < 2; chain++) {
    let parentId = teams[0]!.id;
    for (let level = 2; level <= levels; level++) {
      const id = newId();
      teams.push({ id, parentId, level });
      parentId = id;
    }
  }
  const sides = [1, levels].map((at) => teams[at]!.id);
  // The other teams hang where chance would put them: evenly at the levels of both sides.
  for (let n = teams.length; n < chains; n++)
    teams.push({ id: newId(), parentId: teams[1 + (n % (2 * levels - 2))]!.id, level: 0 });
  const below = (id: string): string[] => [id, ...teams.filter((t) => t.parentId === id).flatMap((t) => below(t.id))];
  const bySide = sides.map(below);
  const person = Array.from({ length: people }, (_, n) => {
    const side = bySide[n % 50 === 0 ? 1 : 0]!;
    return { id: newId(), teamId: side[n % side.length]! };
  });
  const lowest = teams[levels - 1]!.id;
  const [head, leader] = [newId(), newId()];
  await client.query(
    `insert into directory_team (id, name, parent_id, head_id, version)
     select id, 'A team', "parentId", "headId", 1 from jsonb_to_recordset($1) as t(id uuid, "parentId" uuid, "headId" uuid)`,
    [JSON.stringify(teams.map((t) => ({ ...t, headId: t.id === sides[0] ? head : t.id === lowest ? leader : null })))],
  );
  await client.query(
    `insert into directory_user (id, name, team_id, role_ids, active, version)
     select id, 'Somebody', "teamId", array[$2::uuid], true, 1 from jsonb_to_recordset($1) as t(id uuid, "teamId" uuid)`,
    [JSON.stringify([...person, { id: head, teamId: null }, { id: leader, teamId: null }]), roleId],
  );
  const { rows } = await client.query<{ id: string; stageId: string }>(
    `select id, stages -> 0 ->> 'id' as "stageId" from pipeline limit 1`,
  );
  const owned = Array.from({ length: deals }, () => newId());
  await client.query(
    `insert into deal (id, version, created_at, updated_at, title, status, pipeline_id, stage_id, stage_position,
       amount, currency, lines, owner_id, counted_at, shared_to_read, shared_to_work)
     select d.id, 1, now() - n * interval '1 minute', now(), 'Deal ' || n, 'OPEN', $3, $4, 0, n, 'EUR', '[]',
       ($2::uuid[])[1 + (n * 7919) % cardinality($2::uuid[])], now(), '{}', '{}'
     from unnest($1::uuid[]) with ordinality as d(id, n)`,
    [owned, person.map(({ id }) => id), rows[0]?.id, rows[0]?.stageId],
  );
  // As autovacuum leaves it.
  await client.query('vacuum analyze');
  const mine = new Set(person.filter(({ teamId }) => bySide[0]!.includes(teamId)).map(({ id }) => id));
  const seen = await client.query<{ id: string; ownerId: string }>(
    'select id, owner_id as "ownerId" from deal where owner_id = any($1::uuid[])',
    [[...mine]],
  );
  const team = person.filter(({ teamId }) => teamId === lowest).map(({ id }) => id);
  return { head, leader, team, ids: seen.rows };
}
