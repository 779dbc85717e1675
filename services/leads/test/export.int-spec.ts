import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Grant } from '@voronka/contracts';
import { newId } from '@voronka/service-kit';
import { eventually, serviceUnderTest, type Asker, type ServiceUnderTest } from '@voronka/testing';
import { parse } from 'csv-parse/sync';
import { SignJWT } from 'jose';
import { pino } from 'pino';
import { leads } from '../src/service.js';

interface Said {
  msg: string;
  rows?: number;
  whole?: boolean;
}
let crm: ServiceUnderTest;
let head: Asker;
let boris: Asker;
const log: Said[] = [];
const taken = () => log.filter(({ msg }) => msg === 'a list was taken');

const CREATE = 'mutation ($input: CreateLeadInput!) { createLead(input: $input) { id } }';
const sophie = {
  id: newId(),
  personName: '=HYPERLINK("https://evil.example")',
  companyName: '@SUM(A1)',
  phones: ['+44 20 7946 0018', '020 7946 0019'],
  emails: ['Sophie@Example.com'],
  address: { city: 'Brighton, East', street: '-5 Pier "Road"' },
  source: '\u0442\u0430\u0431',
  note: 'first\nsecond',
  amount: { amount: 1_250_000, currency: 'EUR' },
};

/** Rows by the names of the columns. */
const rowsOf = async (answer: Response) =>
  parse<Record<string, string>>(await answer.text(), { bom: true, columns: true, relax_quotes: false });
const names = async (asker: Asker, asked = {}) =>
  (await rowsOf(await asker.take('leads', asked))).map((row) => row['personName']);
const named = (...personNames: string[]) =>
  Promise.all(personNames.map((personName) => boris.get(CREATE, { input: { personName } })));

/** Somebody with a role of his own. */
const personWith = (...grants: Pick<Grant, 'action' | 'scope'>[]): Promise<Asker> =>
  crm.person({ powers: [{ grants: grants.map((grant) => ({ ...grant, entity: 'lead' })) }] });

beforeAll(async () => {
  crm = await serviceUnderTest(leads, {}, pino({}, { write: (line) => void log.push(JSON.parse(line) as Said) }));
  head = await crm.person({ role: 'ADMINISTRATOR' });
  boris = await crm.person({ role: 'SALESPERSON' });
  await head.get(CREATE, { input: sophie });
}, 60_000);
afterAll(() => crm.stop());

describe('leads as CSV', () => {
  it('have a column for each value that the API shows, and none for what only the table holds', async () => {
    const answer = await head.take('leads', { filter: { id: { eq: sophie.id } } });
    const bytes = Buffer.from(await answer.clone().arrayBuffer());
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(bytes.subarray(0, 3)).toEqual(Buffer.from([0xef, 0xbb, 0xbf]));
    expect(bytes.toString().endsWith('\r\n')).toBe(true);
    expect(await rowsOf(answer)).toEqual([
      {
        id: sophie.id,
        version: '1',
        createdAt: '2026-03-02T09:00:00.000Z',
        updatedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        'createdBy.id': head.id,
        externalId: '',
        status: 'NEW',
        personName: `'${sophie.personName}`,
        companyName: `'${sophie.companyName}`,
        phones: `'${sophie.phones.join('; ')}`,
        emails: 'Sophie@Example.com',
        'address.country': '',
        'address.region': '',
        'address.city': 'Brighton, East',
        'address.street': '\'-5 Pier "Road"',
        'address.postalCode': '',
        site: '',
        source: 'таб',
        'utm.source': '',
        'utm.medium': '',
        'utm.campaign': '',
        'utm.term': '',
        'utm.content': '',
        note: 'first\nsecond',
        'owner.id': head.id,
        'amount.amount': '1250000',
        'amount.currency': 'EUR',
        disqualifyReason: '',
        'conversion.id': '',
      },
    ]);
  });

  it('are those that a filter finds, in the order asked for', async () => {
    await named('Anna', 'Clara', 'Berta');
    const filter = { ownerId: { eq: boris.id }, search: 'ar' };
    expect(await names(head, { filter })).toEqual(['Clara']);
    const created = { ownerId: { eq: boris.id }, createdAt: { gte: '2026-03-01T00:00:00Z' } };
    const orderBy = [{ field: 'createdAt', direction: 'ASC' }];
    const upwards = await names(head, { filter: created, orderBy });
    expect([...upwards].sort()).toEqual(['Anna', 'Berta', 'Clara']);
    expect(await names(head, { filter: created })).toEqual([...upwards].reverse());
  });

  it('may be none, and then the columns are told', async () => {
    const answer = await head.take('leads', { filter: { id: { eq: newId() } } });
    expect((await answer.text()).replace('\ufeff', '')).toMatch(/^id,version,createdAt,[^\r\n]*\r\n$/);
  });

  it.each([
    { filter: { colour: { eq: 'red' } } },
    { filter: { createdAt: { gte: 'soon' } } },
    { filter: { status: { eq: 'GONE' } } },
    { filter: { id: { eq: 'x' } } },
    { filter: { search: 'x' } },
    { filter: [1] },
    { orderBy: [{ field: 'note' }] },
    { orderBy: Array.from({ length: 5 }, () => ({ field: 'createdAt', direction: 'ASC' })) },
  ])('are asked for as the list is, and refused in the same words: %j', async (asked) => {
    const { errors } = await head.ask(
      'query ($filter: LeadFilter, $orderBy: [LeadOrder!]) { leads(filter: $filter, orderBy: $orderBy) { nodes { id } } }',
      asked,
    );
    const answer = await head.take('leads', asked);
    const { message, extensions } = errors![0]!;
    expect([answer.status, await answer.json()]).toEqual([400, { errors: [{ message, extensions }] }]);
  });

  it.each([
    ['filter={', 'INVALID_QUERY', 'filter'],
    ['filter={}&filter={}', 'INVALID_QUERY', 'filter'],
    ['first=5', 'UNKNOWN_FIELD', 'first'],
  ])('are not asked for by what cannot be read: %s', async (search, code, field) => {
    const url = new URL(`/export/leads?${search}`, crm.service.url);
    const answer = await fetch(url, { headers: { authorization: await head.authorization() } });
    expect(await answer.json()).toMatchObject({ errors: [{ extensions: { code, field } }] });
  });

  it('are those that one may both see and take out', async () => {
    const sees = await personWith({ action: 'read', scope: 'ALL' }, { action: 'export', scope: 'OWN' });
    const takes = await personWith({ action: 'read', scope: 'OWN' }, { action: 'export', scope: 'ALL' });
    for (const one of [sees, takes]) await head.get(CREATE, { input: { personName: `of ${one.id}`, ownerId: one.id } });
    expect(await names(sees)).toEqual([`of ${sees.id}`]);
    expect(await names(takes)).toEqual([`of ${takes.id}`]);
    const blind = await personWith({ action: 'export', scope: 'ALL' });
    expect(await names(blind)).toEqual([]);
  });
});

describe('Who takes leads out', () => {
  const from = async (headers: Record<string, string>, list = 'leads') => {
    const answer = await fetch(new URL(`/export/${list}`, crm.service.url), { headers });
    return [answer.status, ((await answer.json()) as { errors: [{ extensions: object }] }).errors[0].extensions];
  };
  const signedBy = (key: KeyObject) =>
    new SignJWT({})
      .setProtectedHeader({ alg: 'EdDSA' })
      .setIssuer('voronka-gateway')
      .setAudience('leads')
      .setSubject(head.id)
      .setExpirationTime('60s')
      .sign(key);

  it('is somebody whom the gateway names', async () => {
    const forged = await signedBy(generateKeyPairSync('ed25519').privateKey);
    const unauthenticated = [401, { code: 'UNAUTHENTICATED' }];
    expect(await from({})).toEqual(unauthenticated);
    expect(await from({ authorization: `Bearer ${forged}` })).toEqual(unauthenticated);
    expect(await from({ authorization: await crm.anonymous.authorization() })).toEqual(unauthenticated);
    const ended = newId();
    await crm.service.database.query({
      text: 'insert into directory_ended_session (id, ends_at) values ($1, $2)',
      values: [ended, new Date()],
    });
    const authorization = await crm.asker(head.id, ended).authorization();
    expect(await from({ authorization })).toEqual([401, { code: 'SESSION_ENDED' }]);
  });

  it('names a list that can be taken', async () => {
    const authorization = await head.authorization();
    for (const list of ['conversions', 'constructor', 'lead'])
      expect(await from({ authorization }, list)).toEqual([404, { code: 'NOT_FOUND', field: 'list' }]);
  });
});

describe('More leads than are read at once', () => {
  const COUNT = 1_400;
  const everything = `${'x'.repeat(99)} `.repeat(90);
  let ids: string[];

  beforeAll(async () => {
    const rows = Array.from({ length: COUNT }, (_, n) => ({
      externalId: `many ${n}`,
      personName: `many ${n}`,
      source: 'many',
      note: everything,
    }));
    ids = [];
    for (let n = 0; n < COUNT; n += 500) {
      const { importLeads } = await head.get<{ importLeads: { id: string }[] }>(
        'mutation ($rows: [ImportLeadInput!]!) { importLeads(rows: $rows) { id } }',
        { rows: rows.slice(n, n + 500) },
      );
      ids.push(...importLeads.map(({ id }) => id));
    }
  }, 120_000);

  const filter = { source: { eq: 'many' } };
  /** An answer of which nothing is read yet. */
  async function begun(asker: Asker): Promise<IncomingMessage> {
    const url = new URL('/export/leads', crm.service.url);
    url.searchParams.set('filter', JSON.stringify(filter));
    const asked = get(url, { headers: { authorization: await asker.authorization() } });
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    return answer;
  }
  const end = async (before: number) => eventually(() => taken()[before], { within: 20_000 });

  it('come each once', async () => {
    const orderBy = [{ field: 'amount', direction: 'ASC' }];
    for (const asked of [{ filter }, { filter, orderBy }]) {
      const rows = await rowsOf(await head.take('leads', asked));
      expect(rows.map((row) => row['id']).sort()).toEqual([...ids].sort());
    }
    expect(taken().at(-1)).toMatchObject({ rows: COUNT, whole: true });
  });

  it('are read no further once the client has gone', async () => {
    const before = taken().length;
    const answer = await begun(head);
    answer.destroy();
    const { rows, whole } = await end(before);
    expect([whole, rows! < COUNT]).toEqual([false, true]);
  });

  it('are not sent on to somebody who may no longer take them, and what he has is no whole file', async () => {
    const asker = await personWith({ action: 'read', scope: 'ALL' }, { action: 'export', scope: 'ALL' });
    const answer = await begun(asker);
    await crm.service.database.query({
      text: 'update directory_user set role_ids = $2, version = version + 1 where id = $1',
      values: [asker.id, []],
    });
    // The directory is read again: until then the right is as it was.
    await eventually(async () => (await asker.take('leads', { filter })).status === 403);
    await expect(answer.toArray()).rejects.toThrow('aborted');
    // Not the last line: those taken while waiting end too.
    expect(log).toContainEqual(expect.objectContaining({ msg: 'an export broke off', by: asker.id }));
  });

  it('do not keep a service from stopping', async () => {
    const answer = await begun(head);
    await crm.restart();
    await expect(answer.toArray()).rejects.toThrow('aborted');
  });
});
