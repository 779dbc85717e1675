import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  ConversionRequested,
  DealConversionRefused,
  RoleCreated,
  RoleUpdated,
  type ConversionState,
  type Grant,
  type RoleState,
} from '@voronka/contracts';
import { newId } from '@voronka/service-kit';
import { eventually, type Asker } from '@voronka/testing';
import { parse } from 'csv-parse/sync';
import { createDeal, house, MOVE, stageId, type House, type SomeDeal } from './house.js';

const everything = (scope: Grant['scope'] = 'ALL'): Grant[] => [
  ...(['read', 'create', 'update', 'export'] as const).map((action): Grant => ({ action, entity: 'deal', scope })),
  { action: 'read', entity: 'pipeline', scope: 'ALL' },
];

let crm: House;
let partners: { id: string; stages: { id: string; name: string }[] };
let inSales: SomeDeal;
let inPartners: SomeDeal;

/** Somebody with these roles alone, as identity announces them. */
async function working(...limits: Partial<RoleState>[]): Promise<Asker> {
  const { system } = crm;
  const roles = limits.map((about): RoleState => ({
    ...{ id: newId(), name: 'Partner', description: null, grants: everything() },
    ...about,
  }));
  for (const role of roles) await system.deliver(RoleCreated, role.id, { role });
  await eventually(async () => {
    const { rowCount } = await system.service.database.query({
      text: 'select from directory_role where id = any($1::uuid[])',
      values: [roles.map(({ id }) => id)],
    });
    return rowCount === roles.length;
  });
  const id = newId();
  await system.service.database.query({
    text: 'insert into directory_user (id, name, role_ids, active, version) values ($1, $2, $3, true, 1)',
    values: [id, 'Somebody', roles.map((role) => role.id)],
  });
  return system.asker(id);
}
const listed = async (who: Asker, filter = {}) =>
  (
    await who.get<{ deals: { totalCount: number; nodes: { id: string }[] } }>(
      'query ($filter: DealFilter) { deals(filter: $filter) { totalCount nodes { id } } }',
      { filter },
    )
  ).deals.nodes.map(({ id }) => id);

beforeAll(async () => {
  crm = await house();
  const { createPipeline } = await crm.admin.get<{ createPipeline: typeof partners }>(
    'mutation ($input: CreatePipelineInput!) { createPipeline(input: $input) { id stages { id name } } }',
    { input: { name: 'Partners', stages: ['Met', 'Offer'].map((name) => ({ name, probability: 50 })) } },
  );
  partners = createPipeline;
  const lines = { amount: { amount: 5_000, currency: 'EUR' }, expectedCloseOn: '2026-12-24' };
  inSales = await createDeal(crm.anna, { title: 'Ten licences', ...lines });
  inPartners = await createDeal(crm.anna, { title: 'Through a partner', pipelineId: partners.id, ...lines });
}, 60_000);
afterAll(() => crm.system.stop());

describe('who works in one pipeline', () => {
  let olga: Asker;
  const [MET, OFFER] = [0, 1];
  const partner = (n: number) => partners.stages[n]?.id ?? '';
  const only = (...stages: number[]) => [{ pipelineId: partners.id, stageIds: stages.map(partner) }];
  beforeAll(async () => {
    olga = await working({ pipelines: only(OFFER) });
  });

  it('sees what lies in it, and of the rest not that it is there', async () => {
    expect(await listed(olga)).toEqual([inPartners.id]);
    expect(await listed(olga, { id: { eq: inSales.id } })).toEqual([]);
    expect(await olga.get('query ($id: ID!) { deal(id: $id) { id } }', { id: inSales.id })).toEqual({ deal: null });
    const both = [inSales, inPartners].map(({ id }) => ({ __typename: 'Deal', id }));
    const query = 'query ($of: [_Any!]!) { _entities(representations: $of) { ... on Deal { id } } }';
    expect(await olga.get(query, { of: both })).toEqual({ _entities: [null, { id: inPartners.id }] });
    expect(await crm.anna.get<{ deals: object }>('{ deals { totalCount } }')).toEqual({ deals: { totalCount: 2 } });
    expect(await olga.get<{ deals: object }>('{ deals { totalCount } }')).toEqual({ deals: { totalCount: 1 } });
  });

  it('sees that pipeline and its board, and no other', async () => {
    const { pipelines } = await olga.get<{ pipelines: { nodes: { id: string }[] } }>('{ pipelines { nodes { id } } }');
    expect(pipelines.nodes).toEqual([{ id: partners.id }]);
    const board = 'query ($id: ID!) { board(pipelineId: $id) { stages { count } } }';
    expect(await olga.get(board, { id: partners.id })).toEqual({ board: { stages: [{ count: 1 }, { count: 0 }] } });
    expect(await olga.refusal(board, { id: crm.sales.id })).toMatchObject({ code: 'PIPELINE_NOT_FOUND' });
  });

  it('changes nothing in another, and is told of it as of what is not there', async () => {
    const change = 'mutation ($id: ID!) { updateDeal(id: $id, input: { title: "Mine" }) { id } }';
    const [theirs, none] = await Promise.all([inSales.id, newId()].map((id) => olga.refusal(change, { id })));
    expect(theirs).toMatchObject({ code: 'NOT_FOUND' });
    expect(theirs!.message.replace(inSales.id, '')).toBe(none!.message.replace(/[0-9a-f-]{36}/, ''));
    expect(await olga.get(change, { id: inPartners.id })).toEqual({ updateDeal: { id: inPartners.id } });
  });

  it('opens deals nowhere else', async () => {
    const create = 'mutation ($input: CreateDealInput!) { createDeal(input: $input) { id } }';
    expect(await olga.refusal(create, { input: { title: 'x', stageId: stageId(crm, 'New') } })).toMatchObject({
      code: 'STAGE_NOT_FOUND',
      field: 'input.stageId',
    });
    expect(await olga.refusal(create, { input: { title: 'x', pipelineId: crm.sales.id } })).toMatchObject({
      code: 'PIPELINE_NOT_FOUND',
      field: 'input.pipelineId',
    });
  });

  it('brings deals into the stages that are named alone', async () => {
    const create = (n: number) => createDeal(olga, { title: 'x', stageId: partner(n) });
    await expect(create(MET)).rejects.toThrow('does not let you bring a deal into this stage');
    const made = await create(OFFER);
    expect(await olga.refusal(MOVE, { id: made.id, stageId: partner(MET) })).toMatchObject({
      code: 'FORBIDDEN',
      field: 'stageId',
    });
    expect(await olga.get(MOVE, { id: inPartners.id, stageId: partner(OFFER) })).toMatchObject({
      moveDeal: { stage: { id: partner(OFFER) } },
    });
    await crm.anna.get(MOVE, { id: inPartners.id, stageId: partner(MET) });
  });

  it('converts no lead into a deal where he could not open one', async () => {
    const { system } = crm;
    const refusedOf = async (pipelineId: string, stageId: string) => {
      const conversion: ConversionState = {
        ...{ id: newId(), leadId: newId(), status: 'RUNNING', ownerId: crm.anna.id, source: null, note: null },
        ...{ requestedBy: olga.id, requestedAt: system.clock.now().toISOString(), company: null, contact: null },
        deal: {
          ...{ kind: 'new', id: newId(), title: 'x', pipelineId, stageId, amount: null, currency: null },
          productIds: [],
        },
      };
      await system.deliver(ConversionRequested, conversion.id, { conversion }, { actor: olga.id });
      const answer = await eventually(() =>
        system.published(DealConversionRefused).find((event) => event.subject === conversion.id),
      );
      return answer.data.dealConversion.code;
    };
    expect(await refusedOf(crm.sales.id, stageId(crm, 'New'))).toBe('PIPELINE_NOT_FOUND');
    expect(await refusedOf(partners.id, partner(MET))).toBe('FORBIDDEN');
  });

  it('sees by a second role what that shows, and no more of it', async () => {
    const both = await working({ pipelines: only(MET, OFFER) }, { grants: everything('OWN') });
    const own = await createDeal(both, { title: 'Her own', stageId: stageId(crm, 'New') });
    expect(await listed(both)).toEqual(expect.arrayContaining([own.id, inPartners.id]));
    expect(await listed(both)).not.toContain(inSales.id);
    const shown = await listed(both, { title: undefined, or: [{ pipelineId: { eq: crm.sales.id } }] });
    expect(shown).toEqual([own.id]);
  });
});

describe('who works a deal', () => {
  const OWNER = 'query ($id: ID!) { deal(id: $id) { owner { name } } }';

  it('is named by this service itself to who may read of people, and to nobody else', async () => {
    const reader = await working({ grants: [...everything(), { action: 'read', entity: 'user', scope: 'ALL' }] });
    const other = await working({});
    const { id } = await createDeal(crm.anna, { title: 'Named' });
    expect(await reader.get(OWNER, { id })).toEqual({ deal: { owner: { name: 'Anna' } } });
    expect(await other.refusal(OWNER, { id })).toMatchObject({ code: 'FORBIDDEN' });
  });
});

describe('who has a role that keeps a field', () => {
  const hidden = { fields: [{ field: 'deal.amount' as const, access: 'HIDDEN' as const }] };
  const readOnly = { fields: [{ field: 'deal.amount' as const, access: 'READ_ONLY' as const }] };
  const AMOUNT = 'query ($id: ID!) { deal(id: $id) { title amount { amount } lines { quantity } expectedCloseOn } }';

  it('is shown nothing in its place', async () => {
    const who = await working(hidden);
    expect(await who.get(AMOUNT, { id: inSales.id })).toEqual({
      deal: { title: 'Ten licences', amount: null, lines: [], expectedCloseOn: '2026-12-24' },
    });
    const query = 'query ($of: [_Any!]!) { _entities(representations: $of) { ... on Deal { amount { amount } } } }';
    const of = [{ __typename: 'Deal', id: inSales.id }];
    expect(await who.get(query, { of })).toEqual({ _entities: [{ amount: null }] });
    const board = 'query ($id: ID!) { board(pipelineId: $id) { stages { count sums { count } } } }';
    const { board: seen } = await who.get<{ board: { stages: { count: number; sums: object[] }[] } }>(board, {
      id: partners.id,
    });
    expect(seen.stages.map(({ sums }) => sums)).toEqual([[], []]);
  });

  it('cannot tell it from which rows come, nor from their order', async () => {
    const who = await working(hidden);
    const deals =
      'query ($filter: DealFilter, $orderBy: [DealOrder!]) { deals(filter: $filter, orderBy: $orderBy) { totalCount } }';
    const amount = { amount: { gte: 4_000 } };
    for (const [asked, field] of [
      [{ filter: amount }, 'filter.amount'],
      [{ filter: { or: [{ not: amount }] } }, 'filter.or.0.not.amount'],
      [{ orderBy: [{ field: 'createdAt' }, { field: 'amount' }] }, 'orderBy.1.field'],
    ] as const)
      expect(await who.refusal(deals, asked)).toMatchObject({ code: 'FORBIDDEN', field });
    expect(await who.get(deals, { filter: { expectedCloseOn: { eq: '2026-12-24' } } })).toBeDefined();
  });

  it('takes it out in no file', async () => {
    const rows = async (who: Asker) =>
      parse<Record<string, string>>(await (await who.take('deals')).text(), { bom: true, columns: true });
    const theirs = await rows(await working(hidden));
    expect(theirs.length).toBeGreaterThan(1);
    expect(new Set(theirs.map((row) => row['amount.amount']))).toEqual(new Set(['']));
    expect((await rows(crm.admin)).map((row) => row['amount.amount'])).toContain('5000');
  });

  it('sets it neither anew nor otherwise, and the rest as he likes', async () => {
    const change = 'mutation ($id: ID!, $input: UpdateDealInput!) { updateDeal(id: $id, input: $input) { title } }';
    const amount = { amount: 1, currency: 'EUR' };
    for (const limits of [hidden, readOnly]) {
      const who = await working(limits);
      for (const input of [{ amount }, { amount: null }, { title: 'Eleven licences', amount }])
        expect(await who.refusal(change, { id: inSales.id, input })).toMatchObject({
          code: 'FORBIDDEN',
          field: 'input.amount',
        });
      await expect(createDeal(who, { title: 'x', amount })).rejects.toThrow('does not let you set amount');
      expect((await createDeal(who, { title: 'x' })).amount).toBeNull();
      expect(await who.get(change, { id: inSales.id, input: { title: 'Ten licences' } })).toBeDefined();
    }
  });

  it('reads it where it is read only', async () => {
    expect(await (await working(readOnly)).get(AMOUNT, { id: inSales.id })).toMatchObject({
      deal: { amount: { amount: 5_000 } },
    });
  });

  it('sees it within a second of the role showing it', async () => {
    const role: RoleState = { id: newId(), name: 'Partner', description: null, grants: everything(), ...hidden };
    const who = await working(role);
    expect(await who.get(AMOUNT, { id: inSales.id })).toMatchObject({ deal: { amount: null } });
    await crm.system.deliver(RoleUpdated, role.id, { role: { ...role, fields: [] } }, { version: 2 });
    await eventually(async () => {
      const { deal } = await who.get<{ deal: { amount: object | null } }>(AMOUNT, { id: inSales.id });
      return deal.amount !== null;
    });
  });
});
