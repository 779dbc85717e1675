import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '@voronka/service-kit';
import { recalledSince, serviceUnderTest, type Asker, type ServiceUnderTest } from '@voronka/testing';
import { leads } from '../src/service.js';

let crm: ServiceUnderTest;
let anna: Asker;
let boris: Asker;

interface Page {
  leads: {
    nodes: { personName: string }[];
    pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string; endCursor: string };
    totalCount?: number;
  };
}
const LIST = `query ($first: Int, $after: String, $last: Int, $before: String, $filter: LeadFilter, $orderBy: [LeadOrder!]) {
  leads(first: $first, after: $after, last: $last, before: $before, filter: $filter, orderBy: $orderBy) {
    nodes { personName } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } totalCount } }`;

const page = async (variables: object) => (await anna.get<Page>(LIST, variables)).leads;
const names = async (variables: object) => (await page(variables)).nodes.map(({ personName }) => personName);

/** a1 … a6, a day apart; a2 and a5 have no amount. */
beforeAll(async () => {
  crm = await serviceUnderTest(leads);
  anna = await crm.person({ role: 'HEAD_OF_SALES' });
  boris = await crm.person({ role: 'HEAD_OF_SALES' });
  for (const n of [1, 2, 3, 4, 5, 6]) {
    await anna.get(
      'mutation ($input: CreateLeadInput!, $at: DateTime) { createLead(input: $input, occurredAt: $at) { id } }',
      {
        at: `2026-01-0${n}T09:00:00Z`,
        input: {
          personName: `a${n}`,
          companyName: n === 3 ? 'Гранит 100%' : null,
          phones: n === 4 ? ['8 (812) 555-44-33'] : [],
          emails: n === 6 ? ['Olga@Example.COM'] : [],
          ownerId: n % 2 === 0 ? boris.id : anna.id,
          source: n < 3 ? 'call' : null,
          amount: n === 2 || n === 5 ? null : { amount: n * 100, currency: 'USD' },
        },
      },
    );
  }
}, 60_000);
afterAll(() => crm.stop());

describe('the list of leads', () => {
  it('shows the newest first, and pages forwards to the end', async () => {
    const first = await page({ first: 4 });
    expect(first.nodes.map(({ personName }) => personName)).toEqual(['a6', 'a5', 'a4', 'a3']);
    expect(first).toMatchObject({ pageInfo: { hasNextPage: true, hasPreviousPage: false }, totalCount: 6 });
    const second = await page({ first: 4, after: first.pageInfo.endCursor });
    expect(second.nodes.map(({ personName }) => personName)).toEqual(['a2', 'a1']);
    expect(second.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
  });

  it('pages backwards over leads with and without an amount, in the same order', async () => {
    const orderBy = [{ field: 'amount', direction: 'ASC' }];
    expect(await names({ orderBy })).toEqual(['a1', 'a3', 'a4', 'a6', 'a2', 'a5']);
    const last = await page({ last: 3, orderBy });
    expect(last.nodes.map(({ personName }) => personName)).toEqual(['a6', 'a2', 'a5']);
    const before = await page({ last: 4, before: last.pageInfo.startCursor, orderBy });
    expect(before.nodes.map(({ personName }) => personName)).toEqual(['a1', 'a3', 'a4']);
    expect(before.pageInfo).toMatchObject({ hasPreviousPage: false, hasNextPage: true });
    const onward = await page({ first: 2, after: last.pageInfo.startCursor, orderBy });
    expect(onward.nodes.map(({ personName }) => personName)).toEqual(['a2', 'a5']);
  });

  it.each<[string, object, string[]]>([
    ['status', { status: { in: ['NEW', 'WORKING'] } }, ['a6', 'a5', 'a4', 'a3', 'a2', 'a1']],
    ['source', { source: { eq: 'call' } }, ['a2', 'a1']],
    ['no source', { source: { isNull: true } }, ['a6', 'a5', 'a4', 'a3']],
    ['amount', { amount: { gte: 400 } }, ['a6', 'a4']],
    ['time', { createdAt: { gte: '2026-01-02T00:00:00Z', lt: '2026-01-04T00:00:00Z' } }, ['a3', 'a2']],
    ['either', { or: [{ source: { eq: 'call' } }, { amount: { eq: 600 } }] }, ['a6', 'a2', 'a1']],
    ['neither', { not: { source: { eq: 'call' } } }, ['a6', 'a5', 'a4', 'a3']],
  ])('is filtered by %s', async (_, filter, expected) => {
    expect(await names({ filter })).toEqual(expected);
  });

  it('is filtered by owner', async () => {
    expect(await names({ filter: { ownerId: { eq: boris.id } } })).toEqual(['a6', 'a4', 'a2']);
  });

  it.each([
    ['a part of a company name, in any case', 'гРАН', ['a3']],
    ['a part of a mail', 'olga@ex', ['a6']],
    ['a phone as it was typed', '(812) 555', ['a4']],
    ['a phone in its international form', '+78125554', ['a4']],
    ['a percent sign as such', '100%', ['a3']],
    ['nothing that stands there', 'typed', []],
  ])('is searched for %s', async (_, search, expected) => {
    expect(await names({ filter: { search } })).toEqual(expected);
  });

  it.each<[string, object, string, string | undefined]>([
    ['a page too large', { first: 201 }, 'PAGE_TOO_LARGE', 'first'],
    ['a page of nothing', { last: 0 }, 'INVALID_NUMBER', 'last'],
    ['a cursor that is none', { after: 'zzz' }, 'INVALID_CURSOR', 'after'],
    ['an unknown field', { filter: { shoeSize: { eq: 1 } } }, 'INVALID_VALUE', undefined],
    ['a malformed id', { filter: { ownerId: { in: ['x'] } } }, 'INVALID_ID', 'filter.ownerId.in'],
  ])('refuses %s', async (_, variables, code, field) => {
    expect(await anna.refusal(LIST, variables)).toMatchObject({ code, ...(field && { field }) });
  });

  it('refuses a cursor that was tampered with, and one of another order', async () => {
    const { pageInfo } = await page({ first: 1 });
    const [body = '', sum] = pageInfo.endCursor.split('.');
    const other = Buffer.from(Buffer.from(body, 'base64url').toString().replace('2026', '2025')).toString('base64url');
    const refused = { code: 'INVALID_CURSOR', field: 'after' };
    expect(await anna.refusal(LIST, { first: 1, after: `${other}.${sum}` })).toMatchObject(refused);
    const orderBy = [{ field: 'updatedAt', direction: 'DESC' }];
    expect(await anna.refusal(LIST, { first: 1, after: pageInfo.endCursor, orderBy })).toMatchObject(refused);
  });

  it('answers many leads of the graph in the order asked, nothing for those that are not there', async () => {
    const { leads: found } = await anna.get<{ leads: { nodes: { id: string }[] } }>(
      '{ leads(first: 2) { nodes { id } } }',
    );
    const representations = [...found.nodes.map(({ id }) => id), newId()].map((id) => ({ __typename: 'Lead', id }));
    const { _entities } = await anna.get<{ _entities: unknown[] }>(
      'query ($representations: [_Any!]!) { _entities(representations: $representations) { ... on Lead { personName } } }',
      { representations },
    );
    expect(_entities).toEqual([{ personName: 'a6' }, { personName: 'a5' }, null]);
  });
});

it('a database that is older takes back from its own topics what was said since', async () => {
  const { leads: known } = await anna.get<{ leads: { nodes: { id: string }[] } }>(
    '{ leads(first: 1) { nodes { id } } }',
  );
  const { nouns, left, before, after, again } = await recalledSince(crm, leads, async () => {
    await anna.get('mutation ($id: ID!) { startLead(id: $id) { id } }', known.nodes[0]);
    await anna.get('mutation { createLead(input: { personName: "Later", emails: ["later@example.com"] }) { id } }');
  });
  expect({ left, lead: nouns['lead'] }).toEqual({ left: [], lead: { made: 1, changed: 1, removed: 0 } });
  expect(after).toEqual(before);
  expect(again['lead']).toEqual({ made: 0, changed: 0, removed: 0 });
});
