import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '@voronka/service-kit';
import { eventually, mayRead, serviceUnderTest, tell, worlds, type ServiceUnderTest } from '@voronka/testing';
import fc from 'fast-check';
import type { Made, SomeRecord } from '@voronka/testing';
import { analytics as definition } from '../src/service.js';

const SALES = `query ($from: DateTime!, $to: DateTime!) { sales(from: $from, to: $to, groupBy: OWNER) {
  rows { key won wonValue { amount } } total { won wonValue { amount } } } }`;
const FUNNEL = `query ($pipelineId: ID!, $from: DateTime!, $to: DateTime!) {
  funnel(pipelineId: $pipelineId, from: $from, to: $to) { opened won wonValue { amount } } }`;
const span = { from: '2026-03-01T00:00:00Z', to: '2026-04-01T00:00:00Z' };
const pipelineIds = [newId(), newId()];
const stageId = newId();

interface Sum {
  won: number;
  wonValue: { amount: number }[];
}
let analytics: ServiceUnderTest;

/** Deals that were opened and won in March, each worth one more than the one before. */
async function put(records: readonly SomeRecord[]): Promise<void> {
  const { database } = analytics.service;
  await database.query({ text: 'delete from deal' });
  await database.query({
    text: `insert into deal (id, version, withdrawn, pipeline_id, stage_id, visited, status, owner_id, amount, currency, lines, opened_at, closed_at)
           select id, 1, false, "pipelineId", $2, array[$2::uuid], 'WON', "ownerId", n, 'EUR', '[]', '2026-03-02', '2026-03-03'
           from jsonb_to_recordset($1) as t(id uuid, "pipelineId" uuid, "ownerId" uuid, n int)`,
    values: [JSON.stringify(records.map((record, i) => ({ ...record, n: i + 1 }))), stageId],
  });
}

async function shownTo(who: string) {
  const asker = analytics.asker(who);
  const sumOf = ({ won, wonValue }: Sum) => ({ won, value: wonValue[0]?.amount ?? 0 });
  const asked = { pipelineId: pipelineIds[0], ...span };
  const [sales, funnel] = await Promise.all([
    asker.ask<{ sales: { rows: (Sum & { key: string })[]; total: Sum } }>(SALES, span),
    asker.ask<{ funnel: Sum & { opened: number } }>(FUNNEL, asked),
  ]);
  if (!sales.data) return sales.errors?.[0]?.extensions.code;
  const { rows, total } = sales.data.sales;
  return {
    rows: Object.fromEntries(rows.map((row) => [row.key, sumOf(row)])),
    total: sumOf(total),
    funnel: funnel.data
      ? { ...sumOf(funnel.data.funnel), opened: funnel.data.funnel.opened }
      : funnel.errors?.[0]?.extensions.code,
  };
}

/** The same by the rules alone. What is shared or covered is no part of one's reports. */
function expectedFor(who: string, made: Made, records: readonly SomeRecord[]) {
  const person = made.people.find(({ id }) => id === who);
  if (!person?.active) return 'UNAUTHENTICATED';
  if (!made.roles.some(({ id, grants }) => person.roleIds.includes(id) && grants.length > 0)) return 'FORBIDDEN';
  const seen = records.filter((record) => mayRead(made, who, record, false));
  const sumOf = (some: readonly SomeRecord[]) => ({
    won: some.length,
    value: some.reduce((all, record) => all + records.indexOf(record) + 1, 0),
  });
  const owners = [...new Set(seen.map(({ ownerId }) => ownerId))];
  const shown = mayRead(made, who, { ownerId: who, sharedToRead: [], pipelineId: pipelineIds[0]! }, false);
  const there = seen.filter(({ pipelineId }) => pipelineId === pipelineIds[0]);
  return {
    rows: Object.fromEntries(owners.map((id) => [id, sumOf(seen.filter(({ ownerId }) => ownerId === id))])),
    total: sumOf(seen),
    funnel: shown ? { ...sumOf(there), opened: there.length } : 'PIPELINE_NOT_FOUND',
  };
}

beforeAll(async () => {
  analytics = await serviceUnderTest(definition);
  for (const id of pipelineIds) {
    await analytics.service.database.query({
      text: `insert into reference (kind, id) values ('pipeline', $1)`,
      values: [id],
    });
    await analytics.service.database.query({
      text: `insert into pipeline (id, version, name, stages) values ($1, 1, 'Sales', $2)`,
      values: [id, JSON.stringify([{ id: stageId, name: 'Met', probability: 50, archived: false }])],
    });
  }
}, 60_000);
afterAll(() => analytics.stop());

describe('reports, whoever asks for them', () => {
  it('count and sum up what the rules let him see', async () => {
    let version = 1;
    const property = fc.asyncProperty(worlds('report', pipelineIds), async ({ organisation, records }) => {
      await put(records);
      await tell(analytics.service.database, organisation, (version += 1));
      const expected = organisation.people.map(({ id }) => [id, expectedFor(id, organisation, records)]);
      await eventually(async () => {
        const shown = await Promise.all(organisation.people.map(async ({ id }) => [id, await shownTo(id)]));
        expect(shown).toEqual(expected);
        return true;
      });
    });
    await fc.assert(property, { numRuns: 8, interruptAfterTimeLimit: 60_000, markInterruptAsFailure: false });
  }, 120_000);
});
