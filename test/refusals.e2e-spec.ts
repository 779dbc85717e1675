import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Client } from '../tools/import/src/client.js';
import { capture, convert, converted, win } from './story.js';
import { wholeSystem, type SystemUnderTest } from './system.js';

interface Refusal {
  message: string;
  extensions: { code: string; field?: string; correlationId: string };
}

const NOBODY = '01930000-0000-7000-8000-00000000dead';
const create = 'mutation ($input: CreateLeadInput!) { createLead(input: $input) { id } }';
const createDeal = 'mutation ($input: CreateDealInput!) { createDeal(input: $input) { id } }';
const lead = (input: object) => [create, { input: { personName: 'Anna', ...input } }] as const;
const deal = (input: object) => [createDeal, { input: { title: 'A deal', ...input } }] as const;
const money = (amount: unknown, currency = 'EUR') => ({ amount: { amount, currency } });

describe('what cannot be accepted is refused through the gateway, with a code, the field and a sentence', () => {
  let voronka: SystemUnderTest;
  let admin: Client;

  beforeAll(async () => {
    voronka = await wholeSystem();
    admin = voronka.administrator;
  }, 120_000);
  afterAll(() => voronka.stop(), 60_000);

  /** The first error of an answer, as it stands on the wire. */
  async function refusal(query: string, variables: object = {}): Promise<Refusal> {
    const response = await fetch(voronka.system.gatewayUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${admin.accessToken}` },
      body: JSON.stringify({ query, variables }),
    });
    const { errors } = (await response.json()) as { errors?: Refusal[] };
    if (!errors?.[0]) throw new Error('it was accepted');
    return errors[0];
  }

  it.each([
    ['a malformed id', '{ lead(id: "x") { id } }', {}, 'INVALID_ID', 'id'],
    ['an unknown id', 'mutation ($id: ID!) { startLead(id: $id) { id } }', { id: NOBODY }, 'NOT_FOUND', 'id'],
    ['an empty text', ...lead({ personName: '  ' }), 'TEXT_EMPTY', 'input.personName'],
    ['an overlong text', ...lead({ companyName: 'x'.repeat(201) }), 'TEXT_TOO_LONG', 'input.companyName'],
    ['control characters', ...lead({ source: 'a\u0007b' }), 'TEXT_HAS_CONTROL_CHARACTERS', 'input.source'],
    ['a mail that is none', ...lead({ emails: ['anna'] }), 'INVALID_EMAIL', 'input.emails.0'],
    ['a negative amount', ...lead(money(-1)), 'INVALID_AMOUNT', 'input.amount.amount'],
    [
      'an amount beyond 2^53',
      ...lead(money(2 ** 53)),
      expect.stringMatching(/^INVALID_/),
      expect.stringContaining('input.amount'),
    ],
    [
      'a fraction of a minor unit',
      ...lead(money(0.5)),
      expect.stringMatching(/^INVALID_/),
      expect.stringContaining('input.amount'),
    ],
    ['an unknown currency', ...lead(money(1, 'XXY')), 'UNKNOWN_CURRENCY', 'input.amount.currency'],
    ['an owner who does not exist', ...lead({ ownerId: NOBODY }), 'OWNER_NOT_FOUND', 'input.ownerId'],
    ['a company that does not exist', ...deal({ companyId: NOBODY }), 'COMPANY_NOT_FOUND', 'input.companyId'],
    ['an unknown stage', ...deal({ stageId: NOBODY }), 'STAGE_NOT_FOUND', 'input.stageId'],
    ['an unknown pipeline', ...deal({ pipelineId: NOBODY }), 'PIPELINE_NOT_FOUND', 'input.pipelineId'],
    [
      'a day that is none',
      ...deal({ expectedCloseOn: '2026-02-30' }),
      expect.stringMatching(/^INVALID_/),
      expect.stringContaining('expectedCloseOn'),
    ],
    ['a page that is too large', '{ leads(first: 100000) { nodes { id } } }', {}, 'PAGE_TOO_LARGE', 'first'],
    [
      'a cursor that was tampered with',
      '{ leads(after: "WzFd.AAAAAAAA") { nodes { id } } }',
      {},
      'INVALID_CURSOR',
      'after',
    ],
    [
      'an unknown filter field',
      '{ leads(filter: { colour: { eq: "red" } }) { nodes { id } } }',
      {},
      expect.stringMatching(/^(UNKNOWN_FIELD|INVALID_QUERY)$/),
      'colour',
    ],
  ])('%s', async (_, query, variables, code, field) => {
    const refused = await refusal(query, variables);
    expect(refused.extensions).toMatchObject({ code, correlationId: expect.any(String) });
    expect(refused.extensions.field).toEqual(field);
    expect(refused.message).toMatch(/^[A-Z].*[.?]$/s);
  });

  it('what the state of a record forbids', async () => {
    const leadId = await capture(admin);
    const version = 'mutation ($id: ID!) { startLead(id: $id, expectedVersion: 9) { id } }';
    expect((await refusal(version, { id: leadId })).extensions).toMatchObject({
      code: 'CONFLICT',
      field: 'expectedVersion',
    });
    await convert(admin, leadId);
    const { deal: made } = await converted(admin, leadId);
    const again = 'mutation ($id: ID!) { convertLead(id: $id, input: { company: null }) { id } }';
    expect((await refusal(again, { id: leadId })).extensions).toMatchObject({
      code: 'LEAD_ALREADY_CONVERTED',
      field: 'id',
    });

    const other = await admin.ask<{ createPipeline: { stages: { id: string }[] } }>(
      'mutation { createPipeline(input: { name: "Other", stages: [{ name: "Only", probability: 10 }] }) { stages { id } } }',
    );
    const move = 'mutation ($id: ID!, $stage: ID!) { moveDeal(id: $id, stageId: $stage) { id } }';
    const elsewhere = { id: made?.id, stage: other.createPipeline.stages[0]?.id };
    expect((await refusal(move, elsewhere)).extensions).toMatchObject({
      code: 'STAGE_IN_ANOTHER_PIPELINE',
      field: 'stageId',
    });
    await win(admin, made?.id ?? '');
    expect(
      (await refusal('mutation ($id: ID!) { winDeal(id: $id) { id } }', { id: made?.id })).extensions,
    ).toMatchObject({ code: 'DEAL_CLOSED' });
  });

  it('one of two writers who saw the same version', async () => {
    const id = await capture(admin);
    const start = 'mutation ($id: ID!) { startLead(id: $id, expectedVersion: 1) { status } }';
    const qualify = 'mutation ($id: ID!) { qualifyLead(id: $id, expectedVersion: 1) { status } }';
    const outcomes = await Promise.allSettled([admin.ask(start, { id }), admin.ask(qualify, { id })]);
    expect(outcomes.map((o) => o.status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(outcomes.find((o) => o.status === 'rejected')).toMatchObject({ reason: { code: 'CONFLICT' } });
  });

  it('what is asked without signing in, or with a forged token', async () => {
    const ask = async (headers: Record<string, string>) => {
      const response = await fetch(voronka.system.gatewayUrl, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ query: '{ leads { nodes { id } } }' }),
      });
      return ((await response.json()) as { errors: Refusal[] }).errors[0]?.extensions.code;
    };
    expect(await ask({})).toBe('UNAUTHENTICATED');
    expect(await ask({ authorization: `Bearer ${admin.accessToken.slice(0, -4)}AAAA` })).toBe('UNAUTHENTICATED');
  });
});
