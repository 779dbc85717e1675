import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  ConversionRequested,
  ConversionUndoing,
  DealConversionMade,
  DealConversionRefused,
  DealConversionUndone,
  type ConversionState,
  type EventDeclaration,
} from '@voronka/contracts';
import { newId } from '@voronka/service-kit';
import { eventually } from '@voronka/testing';
import { createDeal, house, stageId, story, WIN, type House } from './house.js';

let h: House;
beforeAll(async () => {
  h = await house();
}, 60_000);
afterAll(() => h.system.stop());

type DealPart = NonNullable<ConversionState['deal']>;
const newDeal = (about: Partial<Extract<DealPart, { kind: 'new' }>> = {}): DealPart => ({
  ...{ kind: 'new', id: newId(), title: 'Forty meters', pipelineId: null, stageId: null },
  ...{ amount: null, currency: null, productIds: [] },
  ...about,
});
const conversionOf = (deal: DealPart | null, about: Partial<ConversionState> = {}): ConversionState => ({
  ...{ id: newId(), leadId: newId(), status: 'RUNNING', ownerId: h.anna.id, source: 'web form', note: null },
  ...{ requestedBy: h.anna.id, requestedAt: h.system.clock.now().toISOString() },
  company: { kind: 'existing', id: newId() },
  contact: { kind: 'existing', id: newId() },
  deal,
  ...about,
});
/** Answers the id of the event. */
const request = async (conversion: ConversionState) => {
  const id = newId();
  await h.system.deliver(ConversionRequested, conversion.id, { conversion }, { actor: h.anna.id, id });
  return id;
};
/** Waits until the event was handled. */
const taken = (eventId: string) =>
  eventually(async () => {
    const { rowCount } = await h.system.service.database.query({
      text: 'select 1 from inbox where event_id = $1',
      values: [eventId],
    });
    return rowCount > 0;
  });
const undo = (conversion: ConversionState) =>
  h.system.deliver(
    ConversionUndoing,
    conversion.id,
    { conversion: { ...conversion, status: 'UNDOING' }, code: null, reason: 'cancelled' },
    { version: 2 },
  );
const answered = (declaration: EventDeclaration, { id }: ConversionState) =>
  eventually(() => h.system.published(declaration).find((event) => event.subject === id));

const READ = `query ($id: ID!) { deal(id: $id) { title status source amount { amount currency } stage { name }
  owner { id } team { id } company { id } contact { id } lead { id } createdBy { id }
  lines { product { id } quantity price { amount } } } }`;
const read = async (id: string) => (await h.anna.get<{ deal: object | null }>(READ, { id })).deal;
const product = async (price: object | null) =>
  (
    await h.admin.get<{ createProduct: { id: string } }>(
      'mutation ($input: CreateProductInput!) { createProduct(input: $input) { id } }',
      { input: { name: 'Meter', price } },
    )
  ).createProduct.id;

describe('a conversion', () => {
  it('opens the deal under the id it chose, in the default pipeline, with all the lead knows', async () => {
    const conversion = conversionOf(newDeal({ amount: 1_250_000, currency: 'EUR' }));
    await request(conversion);
    const made = await answered(DealConversionMade, conversion);
    expect(made.data).toMatchObject({ dealConversion: { leadId: conversion.leadId, status: 'MADE', code: null } });
    expect(await read(conversion.deal?.id ?? '')).toEqual({
      title: 'Forty meters',
      status: 'OPEN',
      source: 'web form',
      amount: { amount: 1_250_000, currency: 'EUR' },
      stage: { name: 'New' },
      owner: { id: h.anna.id },
      team: { id: h.annasTeam },
      company: { id: conversion.company?.id },
      contact: { id: conversion.contact?.id },
      lead: { id: conversion.leadId },
      createdBy: { id: h.anna.id },
      lines: [],
    });
  });

  it('makes its deal once though it is asked for again', async () => {
    const conversion = conversionOf(newDeal({ stageId: stageId(h, 'Proposal') }));
    await request(conversion);
    await taken(await request(conversion));
    await answered(DealConversionMade, conversion);
    expect(story(h, conversion.deal?.id ?? '')).toEqual(['created']);
    expect(story(h, conversion.id)).toEqual(['made']);
  });

  it('has nothing to do here when no deal is wanted, and says so', async () => {
    const conversion = conversionOf(null);
    await request(conversion);
    expect((await answered(DealConversionMade, conversion)).aggregateVersion).toBe(1);
  });

  it('makes lines of the products of interest where nothing has to be guessed', async () => {
    const [dollars, more, roubles, free] = [
      await product({ amount: 500, currency: 'USD' }),
      await product({ amount: 700, currency: 'USD' }),
      await product({ amount: 900, currency: 'RUB' }),
      await product(null),
    ];
    const worth = async (productIds: string[], money: { amount: number; currency: string } | null = null) => {
      const conversion = conversionOf(newDeal({ productIds, ...money }));
      await request(conversion);
      await answered(DealConversionMade, conversion);
      return read(conversion.deal?.id ?? '');
    };
    const line = (id: string, amount: number) => ({ product: { id }, quantity: 1_000, price: { amount } });
    const listed = { amount: 1_200, currency: 'USD' };
    expect(await worth([dollars, more])).toMatchObject({
      amount: listed,
      lines: [line(dollars, 500), line(more, 700)],
    });
    expect(await worth([dollars, roubles])).toMatchObject({ amount: null, lines: [] });
    expect(await worth([dollars, free])).toMatchObject({ amount: null, lines: [] });
    const estimate = { amount: 12_345, currency: 'EUR' };
    expect(await worth([roubles], estimate)).toMatchObject({ amount: estimate, lines: [line(roubles, 12_345)] });
    expect(await worth([dollars, more], estimate)).toMatchObject({ amount: estimate, lines: [] });
  });

  it('links a deal that is there, filling in only what it lacks', async () => {
    const { id } = await createDeal(h.anna, { title: 'There before', source: 'fair' });
    const conversion = conversionOf({ kind: 'existing', id });
    await request(conversion);
    await answered(DealConversionMade, conversion);
    const linked = { company: { id: conversion.company?.id }, lead: { id: conversion.leadId }, source: 'fair' };
    expect(await read(id)).toMatchObject(linked);
    const second = conversionOf({ kind: 'existing', id });
    await request(second);
    await answered(DealConversionMade, second);
    expect(await read(id)).toMatchObject(linked);
  });

  it.each<[string, () => DealPart, string]>([
    ['a pipeline that does not exist', () => newDeal({ pipelineId: newId() }), 'PIPELINE_NOT_FOUND'],
    ['a stage that does not exist', () => newDeal({ stageId: newId() }), 'STAGE_NOT_FOUND'],
    ['a product that does not exist', () => newDeal({ productIds: [newId()] }), 'PRODUCT_NOT_FOUND'],
    ['a deal that is gone', () => ({ kind: 'existing', id: newId() }), 'DEAL_NOT_FOUND'],
  ])('is refused %s with the reason, and nothing is made', async (_, part, code) => {
    const conversion = conversionOf(part());
    await request(conversion);
    const refused = await answered(DealConversionRefused, conversion);
    expect(refused.data).toMatchObject({ dealConversion: { status: 'REFUSED', code } });
    expect(await read(conversion.deal?.id ?? '')).toBeNull();
  });

  it('is refused a pipeline that was archived meanwhile', async () => {
    const { createPipeline } = await h.admin.get<{ createPipeline: { id: string } }>(
      'mutation ($input: CreatePipelineInput!) { createPipeline(input: $input) { id } }',
      { input: { name: 'Short-lived', stages: [{ name: 'Only', probability: 1 }] } },
    );
    const archive = 'mutation ($id: ID!) { updatePipeline(id: $id, input: { archived: true }) { archived } }';
    await h.admin.get(archive, { id: createPipeline.id });
    const conversion = conversionOf(newDeal({ pipelineId: createPipeline.id }));
    await request(conversion);
    const refused = await answered(DealConversionRefused, conversion);
    expect(refused.data).toMatchObject({ dealConversion: { code: 'PIPELINE_ARCHIVED' } });
  });
});

describe('a conversion that is undone', () => {
  it('takes its deal back, also when it was won meanwhile', async () => {
    const conversion = conversionOf(newDeal());
    const id = conversion.deal?.id ?? '';
    await request(conversion);
    await answered(DealConversionMade, conversion);
    await h.anna.get(WIN, { id });
    await undo(conversion);
    await answered(DealConversionUndone, conversion);
    expect(await read(id)).toBeNull();
    await eventually(() => story(h, id).includes('withdrawn'));
    expect(story(h, id)).toEqual(['created', 'won', 'withdrawn']);
    expect(story(h, conversion.id)).toEqual(['made', 'undone']);
  });

  it('leaves a deal that was there before, without its links', async () => {
    const { id } = await createDeal(h.anna, { title: 'Stays' });
    const conversion = conversionOf({ kind: 'existing', id });
    await request(conversion);
    await answered(DealConversionMade, conversion);
    await undo(conversion);
    await answered(DealConversionUndone, conversion);
    expect(await read(id)).toMatchObject({ title: 'Stays', company: null, contact: null, lead: null });
  });

  it('before it was asked for makes nothing afterwards', async () => {
    const conversion = conversionOf(newDeal());
    await undo(conversion);
    await answered(DealConversionUndone, conversion);
    await taken(await request(conversion));
    expect(await read(conversion.deal?.id ?? '')).toBeNull();
    expect(story(h, conversion.id)).toEqual(['undone']);
  });

  it('after it was refused is undone as well', async () => {
    const conversion = conversionOf(newDeal({ pipelineId: newId() }));
    await request(conversion);
    await answered(DealConversionRefused, conversion);
    await undo(conversion);
    await answered(DealConversionUndone, conversion);
    expect(story(h, conversion.id)).toEqual(['refused', 'undone']);
  });
});
