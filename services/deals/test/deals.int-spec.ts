import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { DealCreated, DealLost, DealWon } from '@voronka/contracts';
import { newId } from '@voronka/service-kit';
import { eventually } from '@voronka/testing';
import { createDeal, deal, house, known, LOSE, MOVE, stageId, story, WIN, type House, type SomeDeal } from './house.js';

let h: House;
beforeAll(async () => {
  h = await house();
}, 60_000);
afterAll(() => h.system.stop());

describe('a deal', () => {
  it('goes through its pipeline to the end, and each step is announced with the state after it', async () => {
    const { id, stage, version } = await createDeal(h.anna, {
      title: 'Forty meters',
      amount: { amount: 1_250_000, currency: 'EUR' },
      source: 'trade fair',
      expectedCloseOn: '2026-05-01',
    });
    expect({ stage: stage.name, version }).toEqual({ stage: 'New', version: 1 });
    await h.anna.get(MOVE, { id, stageId: stageId(h, 'Proposal') });
    await h.anna.get(WIN, { id });
    await eventually(() => story(h, id).length === 3);
    expect(story(h, id)).toEqual(['created', 'moved', 'won']);
    const won = h.system.published(DealWon).find((event) => event.subject === id);
    expect(won).toMatchObject({
      aggregateVersion: 3,
      actor: h.anna.id,
      occurredAt: h.system.clock.now(),
      data: {
        deal: {
          status: 'WON',
          stageId: stageId(h, 'Proposal'),
          stagePosition: 2,
          ownerId: h.anna.id,
          teamId: h.annasTeam,
          source: 'trade fair',
          amount: 1_250_000,
          currency: 'EUR',
          expectedCloseOn: '2026-05-01',
          closedAt: h.system.clock.now().toISOString(),
        },
        changes: { status: { from: 'OPEN', to: 'WON' } },
      },
    });
  });

  it('is lost with a reason and a note, reopened where it was, and only then moved', async () => {
    const { id } = await createDeal(h.anna, { title: 'Second thoughts' });
    await h.anna.get(LOSE, { id, reason: 'PRICE', note: 'Too dear' });
    expect(await h.anna.refusal(MOVE, { id, stageId: stageId(h, 'Proposal') })).toMatchObject({ code: 'DEAL_CLOSED' });
    await h.anna.get('mutation ($id: ID!) { reopenDeal(id: $id) { id } }', { id });
    await h.anna.get(MOVE, { id, stageId: stageId(h, 'Proposal') });
    expect(await deal(h.anna, id)).toMatchObject({ status: 'OPEN', closedAt: null, stage: { name: 'Proposal' } });
    const lost = await eventually(() => h.system.published(DealLost).find((event) => event.subject === id));
    expect(lost.data).toMatchObject({ note: 'Too dear', deal: { lostReason: 'PRICE' } });
  });

  it('was won when it is said to have been, and not before it was opened', async () => {
    const { id } = await createDeal(h.anna, { title: 'Told late' });
    const later = new Date(h.system.clock.now().getTime() + 7_200_000);
    const hourBefore = new Date(later.getTime() - 3_600_000).toISOString();
    expect(await h.anna.refusal(WIN, { id, occurredAt: '2020-01-01T00:00:00Z' })).toMatchObject({
      code: 'INVALID_DATE',
      field: 'occurredAt',
    });
    expect(await h.anna.refusal(WIN, { id, occurredAt: hourBefore })).toMatchObject({ code: 'DATE_IN_FUTURE' });
    h.system.clock.set(later);
    await h.anna.get(WIN, { id, occurredAt: hourBefore });
    expect((await deal(h.anna, id))?.closedAt).toBe(hourBefore);
    const won = await eventually(() => h.system.published(DealWon).find((event) => event.subject === id));
    expect({ at: won.occurredAt.toISOString(), recorded: won.recordedAt }).toEqual({ at: hourBefore, recorded: later });
  });

  it('is made once when a client repeats the creation, and not overwritten by another one', async () => {
    const id = newId();
    const [first, again] = await Promise.all([1, 2].map(() => createDeal(h.anna, { id, title: 'Said twice' })));
    expect(again).toEqual(first);
    const create = 'mutation ($input: CreateDealInput!) { createDeal(input: $input) { id } }';
    expect(await h.anna.refusal(create, { input: { id, title: 'Something else' } })).toMatchObject({
      code: 'CONFLICT',
      field: 'input.id',
    });
    await eventually(() => story(h, id).length > 0);
    expect(story(h, id)).toEqual(['created']);
  });

  it('is moved by one of two who saw the same version', async () => {
    const { id, version } = await createDeal(h.anna, { title: 'Contested' });
    const moves = await Promise.all(
      ['Proposal', 'Negotiation'].map((name) =>
        h.anna.ask<{ moveDeal: SomeDeal }>(MOVE, { id, stageId: stageId(h, name), expectedVersion: version }),
      ),
    );
    expect(moves.filter((answer) => !answer.errors)).toHaveLength(1);
    expect(moves.flatMap((answer) => answer.errors ?? [])).toMatchObject([
      { extensions: { code: 'CONFLICT', field: 'expectedVersion' } },
    ]);
  });

  it('changes what is given, clears what is null, and leaves the rest', async () => {
    const companyId = await known(h, 'company');
    const { id } = await createDeal(h.anna, { title: 'Patched', source: 'fair', companyId });
    const update = `mutation ($id: ID!, $input: UpdateDealInput!) { updateDeal(id: $id, input: $input) {
      title source company { id } owner { id } team { id } version } }`;
    const colleague = await h.system.person({ name: 'Boris', teamId: newId() });
    const patch = { title: 'Patched twice', source: null, ownerId: colleague.id };
    const { updateDeal } = await h.anna.get<{ updateDeal: object }>(update, { id, input: patch });
    expect(updateDeal).toMatchObject({
      title: 'Patched twice',
      source: null,
      company: { id: companyId },
      owner: { id: colleague.id },
      version: 2,
    });
    await h.anna.get(update, { id, input: patch });
    expect((await deal(h.anna, id))?.version).toBe(2);
  });
});

describe('the lines of a deal', () => {
  const createProduct = async (price: object | null) =>
    (
      await h.admin.get<{ createProduct: { id: string } }>(
        'mutation ($input: CreateProductInput!) { createProduct(input: $input) { id } }',
        { input: { name: 'Meter', price } },
      )
    ).createProduct.id;

  it('make its amount, at list price where none is agreed, and name their products', async () => {
    const productId = await createProduct({ amount: 55_000, currency: 'USD' });
    const { id } = await createDeal(h.anna, {
      title: 'With lines',
      lines: [{ productId }, { productId, quantity: 2_500, price: { amount: 50_001, currency: 'USD' } }],
    });
    const query = `query ($id: ID!) { deal(id: $id) { amount { amount currency }
      lines { product { name } quantity price { amount } amount { amount } } } }`;
    expect(await h.anna.get(query, { id })).toEqual({
      deal: {
        amount: { amount: 180_003, currency: 'USD' },
        lines: [
          { product: { name: 'Meter' }, quantity: 1_000, price: { amount: 55_000 }, amount: { amount: 55_000 } },
          { product: { name: 'Meter' }, quantity: 2_500, price: { amount: 50_001 }, amount: { amount: 125_003 } },
        ],
      },
    });
    const created = await eventually(() => h.system.published(DealCreated).find((event) => event.subject === id));
    expect(created.data.deal.lines).toEqual([
      { productId, quantity: 1_000, price: 55_000 },
      { productId, quantity: 2_500, price: 50_001 },
    ]);
  });

  it('want a price where the product has none', async () => {
    const productId = await createProduct(null);
    const create = 'mutation ($input: CreateDealInput!) { createDeal(input: $input) { id } }';
    expect(await h.anna.refusal(create, { input: { title: 'No price', lines: [{ productId }] } })).toMatchObject({
      code: 'REQUIRED',
      field: 'input.lines.0.price',
    });
  });
});

describe('reading', () => {
  it('finds deals by what they are filtered by, in the order asked for, page by page', async () => {
    const contactId = await known(h, 'contact');
    const amounts = [300, 100, null, 200];
    for (const amount of amounts)
      await createDeal(h.anna, {
        title: `Sorted needle ${amount}`,
        contactId,
        ...(amount !== null && { amount: { amount, currency: 'USD' } }),
      });
    const query = `query ($after: String) { deals(first: 3, after: $after, orderBy: [{ field: amount, direction: DESC }],
      filter: { contactId: { eq: "${contactId}" }, status: { eq: OPEN }, search: "NEEDLE" }) {
        totalCount nodes { amount { amount } } pageInfo { hasNextPage endCursor } } }`;
    interface Page {
      deals: { totalCount: number; nodes: object[]; pageInfo: { hasNextPage: boolean; endCursor: string } };
    }
    const { deals: first } = await h.anna.get<Page>(query);
    expect(first).toMatchObject({ totalCount: 4, pageInfo: { hasNextPage: true } });
    expect(first.nodes).toEqual([300, 200, 100].map((amount) => ({ amount: { amount } })));
    const { deals: rest } = await h.anna.get<Page>(query, { after: first.pageInfo.endCursor });
    expect(rest.nodes).toEqual([{ amount: null }]);
  });

  it('gives a company, a contact and a lead their deals, the newest first', async () => {
    const [companyId, leadId] = [await known(h, 'company'), await known(h, 'lead')];
    const older = await createDeal(h.anna, { title: 'Older', companyId });
    h.system.clock.set(new Date(h.system.clock.now().getTime() + 1_000));
    const newer = await createDeal(h.anna, { title: 'Newer', companyId, leadId });
    const query = `query ($of: [_Any!]!) { _entities(representations: $of) {
      ... on Company { deals(first: 5) { id } } ... on Lead { deals { id company { id } } } ... on Deal { title } } }`;
    const of = [
      { __typename: 'Company', id: companyId },
      { __typename: 'Lead', id: leadId },
      { __typename: 'Deal', id: older.id },
    ];
    expect(await h.anna.get(query, { of })).toEqual({
      _entities: [
        { deals: [{ id: newer.id }, { id: older.id }] },
        { deals: [{ id: newer.id, company: { id: companyId } }] },
        { title: 'Older' },
      ],
    });
  });

  it('asks for the pipelines and stages of a whole page in one statement', async () => {
    const asked = jest.spyOn(h.system.service.database, 'query');
    await h.anna.get('{ deals(first: 5) { nodes { stage { name } pipeline { name } } } }');
    const names = asked.mock.calls.map(([statement]) => statement.name);
    asked.mockRestore();
    expect(names.filter((name) => name === 'pipeline:by-ids')).toHaveLength(1);
  });
});

describe('bad input', () => {
  const create = 'mutation ($input: CreateDealInput!) { createDeal(input: $input) { id } }';
  const noSuch = '01920000-0000-7000-8000-999999999999';

  it.each([
    ['an empty title', { title: '  ' }, 'TEXT_EMPTY', 'input.title'],
    ['an overlong title', { title: 'x'.repeat(201) }, 'TEXT_TOO_LONG', 'input.title'],
    ['a title with control characters', { title: 'a\u0007b' }, 'TEXT_HAS_CONTROL_CHARACTERS', 'input.title'],
    ['a negative amount', { amount: { amount: -1, currency: 'USD' } }, 'INVALID_AMOUNT', 'input.amount.amount'],
    ['an unknown currency', { amount: { amount: 1, currency: 'XYZ' } }, 'UNKNOWN_CURRENCY', 'input.amount.currency'],
    ['a malformed id', { ownerId: 'anna' }, 'INVALID_ID', 'input.ownerId'],
    ['an owner who does not exist', { ownerId: noSuch }, 'OWNER_NOT_FOUND', 'input.ownerId'],
    ['a company that does not exist', { companyId: noSuch }, 'COMPANY_NOT_FOUND', 'input.companyId'],
    ['a pipeline that does not exist', { pipelineId: noSuch }, 'PIPELINE_NOT_FOUND', 'input.pipelineId'],
    ['a stage that does not exist', { stageId: noSuch }, 'STAGE_NOT_FOUND', 'input.stageId'],
    ['a malformed stage', { stageId: 'first' }, 'INVALID_ID', 'input.stageId'],
    [
      'a product that does not exist',
      { lines: [{ productId: noSuch }] },
      'PRODUCT_NOT_FOUND',
      'input.lines.0.productId',
    ],
    ['no quantity', { lines: [{ productId: noSuch, quantity: 0 }] }, 'INVALID_NUMBER', 'input.lines.0.quantity'],
    ['a day of another age', { expectedCloseOn: '0206-03-01' }, 'INVALID_DATE', 'input.expectedCloseOn'],
  ])('%s is refused with its code and field, and nothing is made', async (_, input, code, field) => {
    const before = await h.anna.get<{ deals: { totalCount: number } }>('{ deals { totalCount } }');
    expect(await h.anna.refusal(create, { input: { title: 'Bad', ...input } })).toMatchObject({ code, field });
    expect(await h.anna.get('{ deals { totalCount } }')).toEqual(before);
  });

  it.each([
    ['fractional', 10.5],
    ['beyond 2^53', 2 ** 53],
  ])('an amount that is %s is refused with its code', async (_, amount) => {
    const input = { title: 'Bad', amount: { amount, currency: 'USD' } };
    expect(await h.anna.refusal(create, { input })).toMatchObject({ code: 'INVALID_AMOUNT' });
  });

  it.each([
    ['search: "a\\u0000b"', 'TEXT_HAS_CONTROL_CHARACTERS', 'filter.search'],
    ['source: { in: ["a\\u0000b"] }', 'TEXT_HAS_CONTROL_CHARACTERS', 'filter.source.in'],
    ['expectedCloseOn: { gte: "0000-01-01" }', 'INVALID_DATE', 'filter.expectedCloseOn.gte'],
    ['ownerId: { eq: "anna" }', 'INVALID_ID', 'filter.ownerId.eq'],
  ])('a filter by %s is refused', async (filter, code, field) => {
    expect(await h.anna.refusal(`{ deals(filter: { ${filter} }) { nodes { id } } }`)).toMatchObject({ code, field });
  });

  it('a deal that does not exist cannot be moved, won or reopened', async () => {
    const gone = { id: noSuch, stageId: stageId(h, 'Proposal') };
    expect(await h.anna.refusal(MOVE, gone)).toMatchObject({ code: 'NOT_FOUND', field: 'id' });
    expect(await h.anna.refusal(WIN, { id: 'deal' })).toMatchObject({ code: 'INVALID_ID', field: 'id' });
    const reopen = 'mutation ($id: ID!) { reopenDeal(id: $id) { id } }';
    expect(await h.anna.refusal(reopen, { id: noSuch })).toMatchObject({ code: 'NOT_FOUND', field: 'id' });
  });

  it('somebody who only reads changes nothing', async () => {
    const analyst = await h.system.person({ role: 'ANALYST' });
    expect(await analyst.refusal(create, { input: { title: 'Bad' } })).toMatchObject({ code: 'FORBIDDEN' });
    expect((await analyst.ask('{ deals(first: 1) { nodes { id } } }')).errors).toBeUndefined();
  });
});
