import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '@voronka/service-kit';
import { eventually, mayRead, tell, worlds, type Made, type SomeRecord, type World } from '@voronka/testing';
import fc from 'fast-check';
import { house, type House } from './house.js';

interface Seen {
  deals: { totalCount: number; nodes: { id: string }[] };
  searched: { totalCount: number; nodes: { id: string }[] };
  _entities: ({ id: string } | null)[];
}
const SEEN = `query ($of: [_Any!]!) {
  deals(first: 100) { totalCount nodes { id } }
  searched: deals(first: 100, filter: { search: "deal" }) { totalCount nodes { id } }
  _entities(representations: $of) { ... on Deal { id } } }`;
const BOARD = 'query ($id: ID!) { board(pipelineId: $id) { stages { count sums { sum { amount } } } } }';

let crm: House;
let version = 1;
const pipelines: { id: string; stageId: string }[] = [];

/** Puts records there, each worth one more than the one before, and takes away what was there. */
async function put(records: readonly SomeRecord[]): Promise<void> {
  const { database } = crm.system.service;
  await database.query({ text: 'delete from deal' });
  const rows = records.map((record, i) => ({
    ...record,
    amount: i + 1,
    stageId: pipelines.find(({ id }) => id === record.pipelineId)?.stageId,
  }));
  await database.query({
    text: `insert into deal (id, version, created_at, updated_at, title, status, pipeline_id, stage_id, stage_position,
             amount, currency, lines, owner_id, counted_at, shared_to_read, shared_to_work)
           select id, 1, now(), now(), 'A deal', 'OPEN', "pipelineId", "stageId", 0, amount, 'EUR', '[]', "ownerId", now(),
             array(select jsonb_array_elements_text("sharedToRead"))::uuid[], '{}'
           from jsonb_to_recordset($1) as t(id uuid, "pipelineId" uuid, "stageId" uuid, amount int, "ownerId" uuid, "sharedToRead" jsonb)`,
    values: [JSON.stringify(rows)],
  });
  // How a search is read depends on how many there are of all.
  await database.query({
    text: `select pg_restore_relation_stats('schemaname', 'public', 'relname', 'deal', 'reltuples', $1::real)`,
    values: [rows.length % 2 === 0 ? 0 : 1_000_000],
  });
}

/** What somebody is shown, and what is counted and summed up for him. */
async function shownTo(who: string, records: readonly SomeRecord[]) {
  const asker = crm.system.asker(who);
  const of = records.map(({ id }) => ({ __typename: 'Deal', id }));
  const { data, errors } = await asker.ask<Seen>(SEEN, { of });
  if (!data) return errors?.[0]?.extensions.code;
  const boards = await Promise.all(
    pipelines.map(async ({ id }) => {
      const answer = await asker.ask<{ board: { stages: { count: number; sums: { sum: { amount: number } }[] }[] } }>(
        BOARD,
        { id },
      );
      // What is not his to see has no board; anything else is a fault.
      if (answer.errors && answer.errors[0]?.extensions.code !== 'PIPELINE_NOT_FOUND')
        throw new Error(JSON.stringify(answer.errors));
      const stages = answer.data?.board.stages ?? [];
      const sums = stages.flatMap((stage) => stage.sums.map(({ sum }) => sum.amount));
      return { count: stages.reduce((all, { count }) => all + count, 0), sum: sums.reduce((all, sum) => all + sum, 0) };
    }),
  );
  return {
    listed: data.deals.nodes.map(({ id }) => id).sort(),
    counted: data.deals.totalCount,
    searched: data.searched.nodes.map(({ id }) => id).sort(),
    searchedCounted: data.searched.totalCount,
    found: data._entities.map((found) => found?.id ?? null),
    boards,
  };
}

/** The same by the rules alone. Nobody whose roles grant nothing gets past the door. */
function expectedFor(who: string, made: Made, records: readonly SomeRecord[]) {
  const person = made.people.find(({ id }) => id === who);
  if (!person?.active) return 'UNAUTHENTICATED';
  const grants = made.roles.filter(({ id }) => person.roleIds.includes(id)).flatMap((role) => role.grants);
  if (grants.length === 0) return 'FORBIDDEN';
  const seen = records.filter((record) => mayRead(made, who, record));
  return {
    listed: seen.map(({ id }) => id).sort(),
    counted: seen.length,
    searched: seen.map(({ id }) => id).sort(),
    searchedCounted: seen.length,
    found: records.map((record) => (seen.includes(record) ? record.id : null)),
    boards: pipelines.map(({ id }) => {
      const there = seen.filter(({ pipelineId }) => pipelineId === id);
      return { count: there.length, sum: there.reduce((all, record) => all + records.indexOf(record) + 1, 0) };
    }),
  };
}

beforeAll(async () => {
  crm = await house();
  for (const name of ['One', 'Two', 'Three']) {
    const { createPipeline } = await crm.admin.get<{ createPipeline: { id: string; stages: { id: string }[] } }>(
      'mutation ($input: CreatePipelineInput!) { createPipeline(input: $input) { id stages { id } } }',
      { input: { name, stages: [{ name: 'Met', probability: 50 }] } },
    );
    pipelines.push({ id: createPipeline.id, stageId: createPipeline.stages[0]?.id ?? newId() });
  }
}, 60_000);
afterAll(() => crm.system.stop());

describe('what people see of deals, whoever they are', () => {
  /** A board shows who may see its pipeline, which is another right. */
  const withPipelines = (made: Made): Made => ({
    ...made,
    roles: made.roles.map((role) => ({
      ...role,
      grants: role.grants.flatMap((grant) => [grant, { ...grant, entity: 'pipeline' as const }]),
    })),
  });
  const check = (of: (world: World) => Promise<void>, numRuns: number) =>
    fc.assert(
      fc.asyncProperty(
        worlds(
          'deal',
          pipelines.map(({ id }) => id),
        ),
        of,
      ),
      { numRuns, interruptAfterTimeLimit: 60_000, markInterruptAsFailure: false },
    );

  it('in lists, counts, references and sums is what the rules say', async () => {
    await check(async ({ organisation, records }) => {
      await put(records);
      await tell(crm.system.service.database, withPipelines(organisation), (version += 1));
      await eventually(async () => {
        for (const { id } of organisation.people)
          expect([id, await shownTo(id, records)]).toEqual([id, expectedFor(id, organisation, records)]);
        return true;
      });
    }, 15);
  }, 120_000);

  it('while rights change is what they were or what they are, and soon what they are', async () => {
    await check(async ({ organisation, later, records }) => {
      await put(records);
      await tell(crm.system.service.database, withPipelines(organisation), (version += 1));
      const who = organisation.people[1]?.id ?? '';
      const [before, after] = [organisation, later].map((made) => JSON.stringify(listedFor(who, made, records)));
      await eventually(async () => (await listedTo(who)) === before);
      const seen = new Set<string>();
      const change = tell(crm.system.service.database, withPipelines(later), (version += 1));
      await eventually(async () => {
        const now = await listedTo(who);
        seen.add(now);
        return now === after;
      });
      await change;
      expect([before, after]).toEqual(expect.arrayContaining([...seen]));
    }, 10);
  }, 120_000);

  it.each([
    ['of a large branch', 260],
    ['of most', 150],
    ['of nearly everybody', 10],
  ])('is, for the head %s, what its people own and nobody else', async (_, elsewhere) => {
    const [branch, other, role, head] = [newId(), newId(), newId(), newId()];
    const crowd = (count: number, teamId: string) =>
      Array.from({ length: count }, () => ({ id: newId(), teamId, roleIds: [], active: true }));
    // The newest who is known is one of his.
    const [theirs, mine] = [crowd(elsewhere, other), crowd(110, branch)];
    const organisation: Made = {
      teams: [branch, other].map((id) => ({ id, parentId: null, headId: id === branch ? head : null })),
      people: [{ id: head, teamId: null, roleIds: [role], active: true }, ...mine, ...theirs],
      roles: [{ id: role, grants: [{ entity: 'deal', action: 'read', scope: 'BRANCH' }], pipelines: null }],
      covers: [],
    };
    // The last of them has come since, and nobody here knows where he belongs.
    const owners = [mine[0]!.id, theirs[0]!.id, mine[109]!.id, theirs.at(-1)!.id, newId()];
    const records = owners.map((ownerId) => ({ id: newId(), ownerId, sharedToRead: [], pipelineId: pipelines[0]!.id }));
    await put(records);
    await crm.system.service.database.query({ text: 'delete from directory_user' });
    await tell(crm.system.service.database, withPipelines(organisation), (version += 1));
    const seen = JSON.stringify([records[0]!.id, records[2]!.id].sort());
    await eventually(async () => (await listedTo(head)) === seen);
    const counted = await crm.system.asker(head).get('{ deals(first: 1) { totalCount } }');
    expect(counted).toEqual({ deals: { totalCount: 2 } });
  });

  const listedTo = async (who: string) => {
    const { data, errors } = await crm.system
      .asker(who)
      .ask<Pick<Seen, 'deals'>>('{ deals(first: 100) { totalCount nodes { id } } }');
    return JSON.stringify(data ? data.deals.nodes.map(({ id }) => id).sort() : errors?.[0]?.extensions.code);
  };
  const listedFor = (who: string, made: Made, records: readonly SomeRecord[]) => {
    const expected = expectedFor(who, made, records);
    return typeof expected === 'string' ? expected : expected.listed;
  };
});
