import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import type { Organisation } from './organisation.js';
import { openOrganisation } from './organisation.js';

let organisation: Organisation;
const ask = (query: string, variables?: object) =>
  request(organisation.url).post('/graphql').send({ query, variables });

beforeAll(async () => {
  organisation = await openOrganisation();
});
afterAll(() => organisation.close());
beforeEach(() => {
  organisation.log.length = 0;
  organisation.deals.received.length = 0;
  organisation.accounts.received.length = 0;
});

const WITH_COMPANIES = '{ deals { title company { name } } }';

describe('The gateway', () => {
  it('joins what two services know, with one question to each', async () => {
    const { body } = await ask(WITH_COMPANIES).expect(200);
    expect(body).toEqual({
      data: {
        deals: [
          { title: 'Deal 1', company: { name: 'Company c1' } },
          { title: 'Deal 2', company: { name: 'Company c0' } },
          { title: 'Deal 3', company: { name: 'Company c1' } },
        ],
      },
    });
    expect([organisation.deals.received.length, organisation.accounts.received.length]).toEqual([1, 1]);
  });

  it('answers the rest when a service is down, names the service, and finds it again when it is back', async () => {
    await organisation.accounts.down();
    const { body } = await ask(WITH_COMPANIES).expect(200);
    await organisation.accounts.up();
    const again = await ask(WITH_COMPANIES);

    expect(body.data.deals).toEqual([1, 2, 3].map((n) => ({ title: `Deal ${n}`, company: null })));
    expect(body.errors).toEqual([
      {
        message: 'The accounts service is not available at the moment.',
        extensions: { code: 'UNAVAILABLE', hint: 'Try again in a moment.', correlationId: expect.any(String) },
      },
    ]);
    expect(again.body.errors).toBeUndefined();
    expect(again.body.data.deals[0].company).toEqual({ name: 'Company c1' });
  });

  it('says once that a service is down, of however many parts of the answer', async () => {
    await organisation.accounts.down();
    const { body } = await ask('{ companies { name } deals { company { name } } }').expect(200);
    await organisation.accounts.up();
    expect(body.errors).toHaveLength(1);
    expect(body.data).toEqual({ companies: null, deals: [1, 2, 3].map(() => ({ company: null })) });
  });

  it('asks about a record once, however often it stands in an answer, and tells its error wherever it stands', async () => {
    await ask(WITH_COMPANIES);
    organisation.accounts.received.length = 0;
    organisation.accounts.instead.push((respond) => {
      const error = { message: 'Not for you.', path: ['_entities', 0, 'name'], extensions: { code: 'FORBIDDEN' } };
      respond(200, JSON.stringify({ data: { _entities: [null, { name: 'Zero' }] }, errors: [error] }));
    });
    const { body } = await ask(WITH_COMPANIES);
    const [asked] = organisation.accounts.received.map(({ body: { variables = {} } }) => variables['representations']);
    expect(asked).toEqual([
      { __typename: 'Company', id: 'c1' },
      { __typename: 'Company', id: 'c0' },
    ]);
    expect(body.data.deals.map(({ company }: { company: object | null }) => company)).toEqual([
      null,
      { name: 'Zero' },
      null,
    ]);
    expect(body.errors.map(({ path }: { path: string[] }) => path)).toEqual([
      ['deals', 0, 'company', 'name'],
      ['deals', 2, 'company', 'name'],
    ]);
  });

  it('waits for a service no longer than it is told to', async () => {
    organisation.accounts.instead.push(() => {});
    const { body } = await ask('{ companies { name } deals { id } }');
    expect(body.data).toEqual({ companies: null, deals: [{ id: 'd1' }, { id: 'd2' }, { id: 'd3' }] });
    expect(body.errors[0]).toMatchObject({
      message: 'The accounts service took too long to answer.',
      extensions: { code: 'UNAVAILABLE' },
    });
  });

  it('waits for all services together no longer than a request may take', async () => {
    const hurried = await openOrganisation({ requestTimeoutMs: 100, serviceTimeoutMs: 600_000 });
    hurried.deals.instead.push(() => {});
    const { body } = await request(hurried.url).post('/graphql').send({ query: '{ deals { company { name } } }' });
    await hurried.close();
    expect(body.data).toEqual({ deals: null });
    expect(body.errors[0]).toMatchObject({
      message: 'The deals service took too long to answer.',
      extensions: { code: 'UNAVAILABLE' },
    });
  });

  it('reads no answer that is larger than it is told', async () => {
    organisation.accounts.instead.push((respond) => respond(200, JSON.stringify({ data: 'x'.repeat(200_000) })));
    const { body } = await ask('{ companies { name } }');
    expect(body.errors[0]).toMatchObject({
      message: expect.stringContaining('too large'),
      extensions: { code: 'UNAVAILABLE' },
    });
  });

  it('takes an answer that is not GraphQL for none', async () => {
    organisation.accounts.instead.push((respond) => respond(502, '<html>Bad gateway</html>'));
    const { body } = await ask('{ companies { name } }');
    expect(body.errors[0].extensions).toMatchObject({ code: 'UNAVAILABLE' });
    expect(JSON.stringify(body)).not.toContain('html');
  });

  it('does not repeat a change whose connection broke, and says that it may have been done', async () => {
    const MOVE = 'mutation { moveDeal(input: { id: "d1" }) { id } }';
    // For the first time, and once it has been done before.
    for (const before of ['{ deals { id } }', MOVE]) {
      await ask(before);
      organisation.deals.received.length = 0;
      organisation.deals.instead.push(() => void organisation.deals.down());
      const { body } = await ask(MOVE);
      await organisation.deals.up();

      expect(organisation.deals.received).toHaveLength(1);
      expect(body.errors[0].extensions).toMatchObject({
        code: 'UNAVAILABLE',
        hint: expect.stringContaining('may have been done'),
      });
    }
  });

  it('starts before its services and is ready without them', async () => {
    await Promise.all([organisation.deals.down(), organisation.accounts.down()]);
    const ready = await request(organisation.url).get('/health/ready');
    const live = await request(organisation.url).get('/health/live');
    await Promise.all([organisation.deals.up(), organisation.accounts.up()]);
    expect([ready.status, live.status]).toEqual([200, 200]);
  });

  it('tells, once it was asked, which service is away, and that it is back', async () => {
    const degraded = async () => (await request(organisation.url).get('/health/ready')).body.degraded;
    await organisation.deals.down();
    await ask('{ deals { id } }');
    const without = await degraded();
    await organisation.deals.up();
    await ask('{ deals { id } }');
    expect([without, await degraded()]).toEqual([['deals'], []]);
  });

  it('goes on when a client goes away in the middle of its question', async () => {
    const held = hold(organisation);
    const gone = ask('{ deals { id } }');
    const ended = gone.then(
      () => 'answered',
      () => 'aborted',
    );
    const release = await held;
    gone.abort();
    release();
    const { body } = await ask('{ deals { id } }');

    expect(await ended).toBe('aborted');
    expect(body.data.deals).toHaveLength(3);
    expect(organisation.log.filter((line) => line.includes('"level":50'))).toEqual([]);
  });

  it('counts requests by the first field they ask for, those it failed, and what its services took', async () => {
    const counted = await openOrganisation({ metricsPort: 0 });
    const asked = (query: string) => request(counted.url).post('/graphql').send({ query });
    await asked('query Anything { first: deals { id } }');
    await asked('{ deals { name_of_nothing } }');
    await asked('{ deals { id } }').set('authorization', 'Bearer nobody');
    await counted.accounts.down();
    await asked('{ companies { id } }');
    const lines = (await (await fetch(counted.gateway.metricsUrl!)).text()).split('\n');
    await counted.close();
    const figure = (name: string, ...labels: string[]) =>
      lines
        .find((line) => line.startsWith(`voronka_${name}{`) && labels.every((label) => line.includes(label)))
        ?.split(' ')[1];
    expect({
      deals: figure('request_seconds_count', 'operation="deals"'),
      companies: figure('request_seconds_count', 'operation="companies"'),
      refused: figure('request_seconds_count', 'operation="none"'),
      failed: figure('failed_requests_total', 'operation="companies"'),
      invalid: figure('errors_total', 'code="INVALID_QUERY"'),
      unknown: figure('errors_total', 'code="UNAUTHENTICATED"'),
      call: figure('service_call_seconds_count', 'to="deals"', 'outcome="answered"'),
      missed: figure('service_call_seconds_count', 'to="accounts"', 'outcome="unreachable"'),
    }).toEqual({
      ...{ deals: '1', companies: '1', refused: '2', failed: '1' },
      ...{ invalid: '1', unknown: '1', call: '1', missed: '1' },
    });
  });

  it('answers while it drains, is not ready, and parts with who keeps a connection', async () => {
    const draining = await openOrganisation({ drainSeconds: 1 });
    const closed = draining.close();
    const ready = await request(draining.url).get('/health/ready');
    const started = await request(draining.url).get('/health/started');
    const answer = await request(draining.url)
      .post('/graphql')
      .set('connection', 'keep-alive')
      .send({ query: '{ deals { id } }' });
    await closed;
    expect([ready.status, started.status, answer.status]).toEqual([503, 200, 200]);
    expect(answer.headers['connection']).toBe('close');
    expect(answer.body.data.deals).toHaveLength(3);
  });

  it('finishes what is under way when it is told to stop, and takes no more', async () => {
    const stopping = await openOrganisation();
    const held = hold(stopping);
    const underWay = request(stopping.url)
      .post('/graphql')
      .send({ query: '{ deals { id } }' })
      .then(({ body }) => body);
    const release = await held;
    const closed = stopping.close();
    const refused = request(stopping.url)
      .get('/health/ready')
      .then(
        ({ status }) => status,
        () => 503,
      );
    expect(await refused).toBe(503);
    release();
    await closed;
    expect(await underWay).toEqual({ data: { deals: [] } });
  });
});

/** Holds the next question to deals from when it arrives until it is released, with an empty answer. */
function hold({ deals }: Organisation): Promise<() => void> {
  return new Promise((arrived) => {
    deals.instead.push((respond) => arrived(() => respond(200, '{"data":{"deals":[]}}')));
  });
}
