import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AuditNoted, BulkReadNoticed, shippedRoles } from '@voronka/contracts';
import { newId } from '@voronka/service-kit';
import { eventually, serviceUnderTest, type Asker, type ServiceUnderTest } from '@voronka/testing';
import { deals } from '../src/service.js';

const LIST = '{ deals(first: 4) { nodes { id } } }';
const made: string[] = [];
let system: ServiceUnderTest;

/** Somebody who reads everything, ten records of it an hour. */
const reader = (): Promise<Asker> => system.person({ role: 'ANALYST' });
const shown = (asker: Asker): number =>
  system
    .published(AuditNoted)
    .flatMap(({ data }) => data.audit.readings ?? [])
    .filter(({ personId }) => personId === asker.id)
    .reduce((sum, { rows }) => sum + rows, 0);

beforeAll(async () => {
  system = await serviceUnderTest(deals);
  const maker = await system.person({ role: 'ADMINISTRATOR' });
  for (let n = 0; n < 12; n++) {
    const create = `mutation { createDeal(input: { title: "Deal ${n}" }) { id } }`;
    made.push((await maker.get<{ createDeal: { id: string } }>(create)).createDeal.id);
  }
  await system.service.database.query({
    text: 'update directory_role set rows_per_hour = 10, version = version + 1 where id = $1',
    values: [shippedRoles.ANALYST.id],
  });
  await eventually(async () => {
    const asker = await reader();
    for (let n = 0; n < 3; n++) await asker.ask(LIST);
    return (await asker.ask(LIST)).errors !== undefined;
  });
}, 60_000);
afterAll(() => system.stop());

describe('the budget of an hour', () => {
  it('is spent by pages of a list, and opens again with the next hour', async () => {
    system.clock.set('2026-03-02T09:10:00Z');
    const anna = await reader();
    for (let n = 0; n < 3; n++) await anna.get(LIST);
    const refusal = await anna.refusal(LIST);
    expect(refusal).toMatchObject({ code: 'BUDGET_SPENT' });
    expect(refusal.message).toContain('10:00 UTC');
    system.clock.set('2026-03-02T10:00:00Z');
    await anna.get(LIST);
    await eventually(() => shown(anna) === 16, { within: 10_000 });
    expect(shown(anna)).toBe(16);
  });

  it('is spent by records that one asks for, and by those one comes to by links, that one may see', async () => {
    const boris = await reader();
    const representations = made.slice(0, 9).map((id) => ({ __typename: 'Deal', id }));
    const links = 'query ($of: [_Any!]!) { _entities(representations: $of) { ... on Deal { id } } }';
    await boris.get(links, { of: [...representations, { __typename: 'Deal', id: newId() }] });
    await boris.get('query ($id: ID!) { deal(id: $id) { id } }', { id: made[0] });
    expect(await boris.refusal('query ($id: ID!) { deal(id: $id) { id } }', { id: made[0] })).toMatchObject({
      code: 'BUDGET_SPENT',
    });
    expect(await boris.refusal(links, { of: representations })).toMatchObject({ code: 'BUDGET_SPENT' });
  });

  it('is spent by taking a list out, which breaks off, and is refused from then on', async () => {
    const vera = await reader();
    const whole = await vera.take('deals');
    expect([whole.status, (await whole.text()).split('\r\n').length]).toEqual([200, 14]);
    const refused = await vera.take('deals');
    expect(refused.status).toBe(429);
    expect(await refused.json()).toMatchObject({ errors: [{ extensions: { code: 'BUDGET_SPENT' } }] });
  });

  it('is not of pipelines, nor of who has none, nor of what is changed', async () => {
    const anna = await reader();
    await anna.take('deals');
    await anna.get('{ pipelines { nodes { id } } }');
    const head = await system.person({ role: 'HEAD_OF_SALES' });
    for (let n = 0; n < 5; n++) await head.get(LIST);
    await head.get('mutation ($id: ID!) { updateDeal(id: $id, input: { source: "fair" }) { id } }', { id: made[0] });
    await eventually(() => shown(head) === 20, { within: 10_000 });
    expect(shown(head)).toBe(20);
  });

  it('is spent here where others have shown somebody too much, until the hour ends', async () => {
    system.clock.set('2026-03-02T11:30:00Z');
    const gleb = await reader();
    await gleb.get(LIST);
    const bulkRead = { id: newId(), userId: gleb.id, rows: 12, rowsPerHour: 10, sessionsEnded: false };
    const hour = { startsAt: '2026-03-02T11:00:00.000Z', endsAt: '2026-03-02T12:00:00.000Z' };
    await system.deliver(BulkReadNoticed, bulkRead.id, { bulkRead: { ...bulkRead, ...hour } });
    await eventually(async () => (await gleb.ask(LIST)).errors?.[0]?.extensions.code === 'BUDGET_SPENT');
    system.clock.set('2026-03-02T12:00:00Z');
    await eventually(async () => (await gleb.ask(LIST)).errors === undefined);
    expect(await gleb.get<{ deals: { nodes: object[] } }>(LIST)).toMatchObject({ deals: { nodes: { length: 4 } } });
  });
});
