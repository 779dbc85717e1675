import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CoverArranged, CoverEnded, type CoverState } from '@voronka/contracts';
import { newId } from '@voronka/service-kit';
import { eventually, serviceUnderTest, type Asker, type ServiceUnderTest } from '@voronka/testing';
import { deals } from '../src/service.js';

const CREATE = 'mutation { createDeal(input: { title: "Laptops" }) { id } }';
const LIST = '{ deals { totalCount nodes { id } } }';
const UPDATE = 'mutation ($id: ID!) { updateDeal(id: $id, input: { source: "fair" }) { source owner { id } } }';

describe('a deal whose owner is away', () => {
  let system: ServiceUnderTest;
  let [anna, boris]: Asker[] = [];
  let deal: string;
  const seen = async () => (await boris!.get<{ deals: { nodes: { id: string }[] } }>(LIST)).deals.nodes;
  const cover = (startsAt: string, endsAt: string): CoverState => ({
    ...{ id: newId(), ownerId: anna!.id, substituteId: boris!.id },
    ...{ startsAt: `2026-07-${startsAt}T00:00:00.000Z`, endsAt: `2026-07-${endsAt}T00:00:00.000Z` },
  });

  beforeAll(async () => {
    system = await serviceUnderTest(deals);
    [anna, boris] = [await system.person({ name: 'Anna' }), await system.person({ name: 'Boris' })];
    deal = (await anna.get<{ createDeal: { id: string } }>(CREATE)).createDeal.id;
  }, 60_000);
  afterAll(() => system.stop());

  it('is his who stands in, from the day until the day, and stays hers', async () => {
    const arranged = cover('06', '20');
    await system.deliver(CoverArranged, arranged.id, { cover: arranged });
    await eventually(async () => {
      const { rowCount } = await system.service.database.query({ text: 'select from directory_cover' });
      return rowCount === 1;
    });
    system.clock.set('2026-07-05T23:59:59Z');
    expect(await seen()).toEqual([]);

    system.clock.set('2026-07-06T00:00:00Z');
    await eventually(async () => (await seen()).length === 1);
    expect(await boris!.get(UPDATE, { id: deal })).toEqual({ updateDeal: { source: 'fair', owner: { id: anna!.id } } });

    system.clock.set('2026-07-20T00:00:00Z');
    await eventually(async () => (await seen()).length === 0);
    expect(await boris!.refusal(UPDATE, { id: deal })).toMatchObject({ code: 'NOT_FOUND' });
    expect((await anna!.get<{ deals: { totalCount: number } }>(LIST)).deals.totalCount).toBe(1);
  });

  it('is hers alone again as soon as she is back', async () => {
    const arranged = cover('20', '30');
    await system.deliver(CoverArranged, arranged.id, { cover: arranged });
    await eventually(async () => (await seen()).length === 1);
    const ended = { ...arranged, endsAt: arranged.startsAt };
    await system.deliver(CoverEnded, arranged.id, { cover: ended }, { version: 2 });
    await eventually(async () => (await seen()).length === 0);
    expect(await seen()).toEqual([]);
  });
});
