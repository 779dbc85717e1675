import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AuditNoted, CoverArranged, shippedRoles, type AuditEntry } from '@voronka/contracts';
import { newId } from '@voronka/service-kit';
import { eventually, serviceUnderTest, type Asker, type ServiceUnderTest } from '@voronka/testing';
import { deals } from '../src/service.js';

const CREATE = 'mutation { createDeal(input: { title: "Laptops" }) { id } }';
const CARD = 'query ($id: ID!) { deal(id: $id) { id pipeline { id } } }';
const UPDATE = 'mutation ($id: ID!) { updateDeal(id: $id, input: { source: "fair" }) { id } }';

describe('the audit of deals', () => {
  let system: ServiceUnderTest;
  let [anna, boris]: Asker[] = [];
  let deal: string;
  /** What it tells of somebody, once it is so much. */
  const told = async (asker: Asker, atLeast = 1): Promise<AuditEntry[]> => {
    const entries = () =>
      system
        .published(AuditNoted)
        .flatMap(({ data }) => data.audit.entries)
        .filter(({ personId }) => personId === asker.id);
    await eventually(() => entries().length >= atLeast, { within: 10_000 });
    return entries();
  };

  beforeAll(async () => {
    system = await serviceUnderTest(deals);
    [anna, boris] = [await system.person({ name: 'Anna' }), await system.person({ name: 'Boris' })];
    deal = (await anna.get<{ createDeal: { id: string } }>(CREATE)).createDeal.id;
  }, 60_000);
  afterAll(() => system.stop());

  it('tells who looked at a deal, a list, and for what, and not what he came to by a link', async () => {
    const head = await system.person({ role: 'HEAD_OF_SALES' });
    await head.get(CARD, { id: deal });
    await head.get('{ deals { nodes { id pipeline { id } } } }');
    await head.get('{ deals(filter: { search: "lapt" }) { totalCount nodes { id } } }');
    await head.get('query ($of: [_Any!]!) { _entities(representations: $of) { ... on Deal { id } } }', {
      of: [{ __typename: 'Deal', id: deal }],
    });
    await head.get('{ deals(first: 1) { nodes { id } } }');
    expect(await told(head, 4)).toMatchObject([
      { action: 'READ', entity: 'deal', recordId: deal },
      { action: 'LISTED', entity: 'deal', rows: 1 },
      { action: 'SEARCHED', entity: 'deal', rows: 1, detail: '{"search":"lapt"}' },
      { action: 'LISTED', entity: 'deal', rows: 1 },
    ]);
  });

  it('tells who asked for a deal that is not for him, and who wanted to change it', async () => {
    const stranger = await system.person();
    expect(await stranger.get(CARD, { id: deal })).toEqual({ deal: null });
    expect(await stranger.refusal(UPDATE, { id: deal })).toMatchObject({ code: 'NOT_FOUND' });
    const missed = { action: 'REFUSED', code: 'NOT_FOUND', entity: 'deal', recordId: deal };
    expect(await told(stranger, 2)).toMatchObject([missed, missed]);

    const analyst = await system.person({ role: 'ANALYST' });
    await analyst.refusal(UPDATE, { id: deal });
    expect(await told(analyst)).toMatchObject([{ action: 'REFUSED', code: 'FORBIDDEN', detail: 'updateDeal' }]);
  });

  it('names the deal that somebody may see and not change', async () => {
    const reader = await system.person();
    const share = 'mutation ($id: ID!, $input: ShareInput!) { shareDeal(id: $id, input: $input) { id } }';
    await anna!.get(share, { id: deal, input: { userId: reader.id, access: 'READ' } });
    await reader.refusal(UPDATE, { id: deal });
    expect(await told(reader)).toMatchObject([
      { action: 'REFUSED', code: 'FORBIDDEN', detail: 'updateDeal', entity: 'deal', recordId: deal },
    ]);
    expect((await told(anna!)).filter(({ action }) => action === 'SHARED')).toMatchObject([
      { entity: 'deal', recordId: deal, detail: JSON.stringify({ holderId: reader.id, access: 'READ' }) },
    ]);
  });

  it('tells of one who stands in, in whose place he looked and acted', async () => {
    const cover = { id: newId(), ownerId: anna!.id, substituteId: boris!.id };
    await system.deliver(CoverArranged, cover.id, {
      cover: { ...cover, startsAt: '2026-03-01T00:00:00.000Z', endsAt: '2026-03-20T00:00:00.000Z' },
    });
    await eventually(async () => (await boris!.get<{ deal: object | null }>(CARD, { id: deal })).deal !== null);
    await boris!.get(UPDATE, { id: deal });
    // Before the cover came he was refused, which is told too.
    const entries = await eventually(async () => {
      const all = await told(boris!, 2);
      return all.at(-1)?.action === 'CHANGED' && all;
    });
    expect(entries.slice(-2)).toMatchObject([
      { action: 'READ', recordId: deal, inPlaceOf: anna!.id },
      { action: 'CHANGED', recordId: deal, inPlaceOf: anna!.id, detail: 'crm.deal.updated' },
    ]);
  });

  it('tells by which key a program looked and acted, and nothing of what a person changes himself', async () => {
    const key = newId();
    const program = system.program(anna!.id, { id: key, roleId: shippedRoles.SALESPERSON.id });
    await anna!.get(UPDATE, { id: deal });
    await program.get(CARD, { id: deal });
    await program.get('mutation ($id: ID!) { updateDeal(id: $id, input: { source: "web" }) { id } }', { id: deal });
    const made = await program.get<{ createDeal: { id: string } }>(CREATE);
    await eventually(async () => (await told(anna!)).filter(({ keyId }) => keyId === key).length >= 3);
    const entries = await told(anna!);
    expect(entries.filter(({ keyId }) => keyId === key)).toMatchObject([
      { action: 'READ', recordId: deal },
      { action: 'CHANGED', recordId: deal, detail: 'crm.deal.updated' },
      { action: 'CHANGED', recordId: made.createDeal.id, detail: 'crm.deal.created' },
    ]);
    expect(entries.filter(({ action, keyId }) => action === 'CHANGED' && keyId === undefined)).toEqual([]);
  });
});
