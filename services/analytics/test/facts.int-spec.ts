import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DealStageEntered, DealStageLeft } from '@voronka/contracts';
import { newId } from '@voronka/service-kit';
import { eventually, serviceUnderTest, type ServiceUnderTest } from '@voronka/testing';
import { analytics as definition } from '../src/service.js';
import { A, B, C, march, people, pipelineId } from './march.js';
import { on, send, settled, shuffled, type Told } from './story.js';

const story = march();
story
  .lead({ ownerId: people.anna }, on(1))
  .became('WORKING', on(2))
  .became('CONVERTING', on(3))
  .became('CONVERTED', on(4));
story.lead({ ownerId: people.anna }, on(1)).became('QUALIFIED', on(2)).became('DISQUALIFIED', on(3));

let ordered: ServiceUnderTest;
let mixed: ServiceUnderTest;
beforeAll(async () => {
  ordered = await serviceUnderTest(definition);
  mixed = await serviceUnderTest(definition);
  await send(ordered, story.events);
  await settled(ordered, story.events);
  const again = withRepeats(shuffled(story.events, chance(7)));
  await send(mixed, again);
  await settled(mixed, again);
}, 90_000);
afterAll(async () => {
  await ordered.stop();
  await mixed.stop();
});

/** Every event twice, and every other one a third time under another id and after all others. */
function withRepeats(events: Told[]): Told[] {
  const late = events.filter((_, i) => i % 2 === 0).map((event) => ({ ...event, id: newId() }));
  return [...events.flatMap((event) => [event, event]), ...late];
}

/** Chance that is the same in each run (a linear congruential generator, Numerical Recipes). */
function chance(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32) / 2 ** 32;
}

const rowsOf = async ({ service }: ServiceUnderTest) => {
  const tables = ['pipeline', 'deal', 'deal_stay', 'lead'];
  const all = await Promise.all(
    tables.map(async (table) => (await service.database.query({ text: `select * from ${table} order by 1, 2` })).rows),
  );
  return Object.fromEntries(tables.map((table, i) => [table, all[i]]));
};
const factsOf = (service: ServiceUnderTest) =>
  service
    .published()
    .map(({ type, subject, aggregateVersion, occurredAt, data }) => ({
      type,
      subject,
      aggregateVersion,
      occurredAt,
      data,
    }))
    .sort((a, b) =>
      a.subject === b.subject ? a.aggregateVersion - b.aggregateVersion : a.subject < b.subject ? -1 : 1,
    );

describe('projections', () => {
  it('end in the same rows whatever order records come in and however often events repeat', async () => {
    const rows = await rowsOf(ordered);
    expect(rows['deal']).toHaveLength(8);
    expect(await rowsOf(mixed)).toEqual(rows);
  });
});

describe('facts for BI', () => {
  it('tell each stay of a deal once, in order and without a gap', async () => {
    const opened = story.events.find((event) => event.data && 'deal' in event.data);
    const won = opened?.subject ?? '';
    const facts = await eventually(() => {
      const own = ordered.published().filter((fact) => fact.subject === won);
      return own.length === 6 && own;
    });
    expect(facts.map((fact) => [fact.type, fact.aggregateVersion, fact.occurredAt])).toEqual([
      [DealStageEntered.type, 1, on(1)],
      [DealStageLeft.type, 2, on(3)],
      [DealStageEntered.type, 3, on(3)],
      [DealStageLeft.type, 4, on(6)],
      [DealStageEntered.type, 5, on(6)],
      [DealStageLeft.type, 6, on(11)],
    ]);
    expect(
      ordered
        .published(DealStageLeft)
        .filter((fact) => fact.subject === won)
        .map(({ data }) => [data.dealStage.stageId, data.how]),
    ).toEqual([
      [A, 'MOVED'],
      [B, 'MOVED'],
      [C, 'WON'],
    ]);
    expect(ordered.published(DealStageLeft).find((fact) => fact.subject === won)?.data.dealStage).toEqual({
      ...{ dealId: won, pipelineId, stageId: A, ownerId: people.anna, teamId: null, source: null },
      ...{ amount: 1_000, currency: 'USD', enteredAt: on(1).toISOString(), leftAt: on(3).toISOString() },
    });
  });

  it('are the same where events were mixed and repeated', async () => {
    const expected = await eventually(() => factsOf(ordered).length === 27 && factsOf(ordered));
    await eventually(() => factsOf(mixed).length >= expected.length);
    expect(factsOf(mixed)).toEqual(expected);
  });

  it('end with a deal that is withdrawn', () => {
    const withdrawn = ordered.published(DealStageLeft).filter((fact) => fact.data.how === 'WITHDRAWN');
    expect(withdrawn.map((fact) => fact.data.dealStage.ownerId)).toEqual([people.gleb]);
  });
});
