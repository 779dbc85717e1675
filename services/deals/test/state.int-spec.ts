import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  ConversionRequested,
  ConversionUndoing,
  DealCreated,
  type ConversionState,
  type DealState,
} from '@voronka/contracts';
import { newId } from '@voronka/service-kit';
import { eventually, recalledSince } from '@voronka/testing';
import { deals as definition } from '../src/service.js';
import { createDeal, house, known, LOSE, MOVE, stageId, story, WIN, type House } from './house.js';

let h: House;
beforeAll(async () => {
  h = await house();
}, 60_000);
afterAll(() => h.system.stop());

/** What somebody knows who reads the topic of states alone, from its beginning: of each key the highest version. */
async function newcomer(): Promise<() => Map<string, { version: number; state: DealState }>> {
  const known = new Map<string, { version: number; state: DealState | null }>();
  await h.system.broker.subscribe({
    ...{ group: newId(), topics: ['crm.deal.state'], fromBeginning: true },
    onBatch: async ({ messages }) => {
      for (const { key, headers, value } of messages) {
        const version = Number(headers['ce_aggregateversion']);
        if (version < (known.get(key ?? '')?.version ?? 0)) continue;
        known.set(key ?? '', { version, state: value && (JSON.parse(value.toString()) as DealState) });
      }
      return Promise.resolve();
    },
  });
  return () =>
    new Map([...known].flatMap(([key, { version, state }]) => (state === null ? [] : [[key, { version, state }]])));
}

/** The deals as the table has them, under the names that the public state gives its fields. */
async function deals(): Promise<Map<string, { version: number; state: DealState }>> {
  const { rows } = await h.system.service.database.query<{ id: string; version: number; row: DealState }>({
    text: `select id, version, json_build_object('id', id, 'title', title, 'status', status, 'pipelineId', pipeline_id,
      'stageId', stage_id, 'stagePosition', stage_position, 'amount', amount, 'currency', currency, 'lines', lines,
      'ownerId', owner_id, 'teamId', team_id, 'companyId', company_id, 'contactId', contact_id, 'leadId', lead_id,
      'source', source, 'expectedCloseOn', expected_close_on, 'lostReason', lost_reason, 'openedAt', created_at,
      'closedAt', closed_at, 'sharedToRead', shared_to_read, 'sharedToWork', shared_to_work) as row from deal`,
  });
  const instant = (text: string | null) => text && new Date(text).toISOString();
  return new Map(
    rows.map(({ id, version, row }) => [
      id,
      { version, state: { ...row, openedAt: instant(row.openedAt) ?? '', closedAt: instant(row.closedAt) } },
    ]),
  );
}

/** A deal that a conversion makes and takes back: nothing is left of it. */
async function withdrawn(): Promise<string> {
  const id = newId();
  const conversion: ConversionState = {
    ...{ id: newId(), leadId: newId(), status: 'RUNNING', ownerId: h.anna.id, source: null, note: null },
    ...{ requestedBy: h.anna.id, requestedAt: h.system.clock.now().toISOString(), company: null, contact: null },
    deal: {
      ...{ kind: 'new', id, title: 'Not for long', pipelineId: null, stageId: null },
      ...{ amount: null, currency: null, productIds: [] },
    },
  };
  await h.system.deliver(ConversionRequested, conversion.id, { conversion });
  await eventually(() => story(h, id).includes('created'));
  const undoing = { conversion: { ...conversion, status: 'UNDOING' as const }, code: null, reason: 'cancelled' };
  await h.system.deliver(ConversionUndoing, conversion.id, undoing, { version: 2 });
  await eventually(() => story(h, id).includes('withdrawn'));
  return id;
}

it('somebody who comes late and reads only the states of deals has the same deals as the service', async () => {
  const titles = ['Open', 'Moved', 'Won', 'Lost'];
  const made = await Promise.all(
    titles.map((title) => createDeal(h.anna, { title, amount: { amount: 12_500, currency: 'EUR' }, source: 'fair' })),
  );
  const [, second, third, fourth] = made.map(({ id }) => id);
  await h.anna.get(MOVE, { id: second, stageId: stageId(h, 'Proposal') });
  await h.anna.get(WIN, { id: third });
  await h.anna.get(LOSE, { id: fourth, reason: 'PRICE', note: null });
  const gone = await withdrawn();

  const known = await newcomer();
  const expected = await deals();
  const last = [...expected].map(([id, { version }]) => `${id} ${version}`).sort();
  await eventually(
    () =>
      [...known()]
        .map(([id, { version }]) => `${id} ${version}`)
        .sort()
        .join() === last.join(),
  );
  expect(known()).toEqual(expected);
  expect([...known().values()].map(({ state }) => state.title).sort()).toEqual([...titles].sort());
  expect(known().has(gone)).toBe(false);

  await h.anna.get(MOVE, { id: second, stageId: stageId(h, 'New') });
  await eventually(() => known().get(second ?? '')?.version === 3);
  expect(known()).toEqual(await deals());
});

describe('a database that was restored from before', () => {
  const query = <R>(text: string) => h.system.service.database.query<R>({ text });
  it('takes back from its topics what it had said since, hears again what others said, and goes on from there', async () => {
    const moved = await createDeal(h.anna, { title: 'Known to the backup' });
    let [later, company, gone] = ['', '', ''];
    let before = new Map<string, object>();
    const { nouns, left, again } = await recalledSince(h.system, definition, async () => {
      later = (await createDeal(h.anna, { title: 'Later', amount: { amount: 700, currency: 'EUR' } })).id;
      await h.anna.get(MOVE, { id: moved.id, stageId: stageId(h, 'Proposal') });
      await h.anna.get(WIN, { id: moved.id });
      [company, gone] = [await known(h, 'company'), await withdrawn()];
      before = await deals();
      // Somebody else's word on a deal is none.
      const forged = newId();
      const { deal } = (await eventually(() => h.system.published(DealCreated)[0])).data;
      await h.system.deliver(DealCreated, forged, { deal: { ...deal, id: forged } });
    });
    expect(left).toEqual([]);
    expect(nouns).toMatchObject({
      deal: { made: 1, changed: 1, removed: 0 },
      'deal-conversion': { made: 1, changed: 0, removed: 0 },
    });
    expect(again).toMatchObject({ deal: { made: 0, changed: 0, removed: 0 } });
    expect(await deals()).toEqual(before);
    await eventually(async () => (await query(`select from reference where id = '${company}'`)).rowCount === 1);

    await h.anna.get(MOVE, { id: later, stageId: stageId(h, 'Proposal') });
    await eventually(() => story(h, later).includes('moved'));
    const versions = h.system.published().filter(({ subject }) => subject === later);
    expect(versions.map(({ type, aggregateVersion }) => [type, aggregateVersion])).toEqual([
      ['crm.deal.created', 1],
      ['crm.deal.moved', 2],
    ]);
    // What came of the events that were heard twice is what it was.
    expect(story(h, gone)).toEqual(['created', 'withdrawn']);
    expect((await query('select from parked_event')).rowCount).toBe(0);
  });
});
