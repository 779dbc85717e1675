import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { allTopics } from '@voronka/contracts';
import { brokerFrom, brokerViewFrom, Database, type Broker, type BrokerView, type Publisher } from '@voronka/messaging';
import { newId } from '@voronka/service-kit';
import { eventually, freshDatabase, freshKafka, type FreshDatabase } from '@voronka/testing';
import { rebuild } from '../src/rebuild.js';
import type { Service } from '../src/system.js';
import { History } from './history.js';
import { build, serve, start, type Program, type Running } from './process.js';

jest.setTimeout(180_000);

/** What every service keeps of others. */
const kept = [
  'directory_bulk_read',
  'directory_cover',
  'directory_ended_session',
  'directory_role',
  'directory_team',
  'directory_user',
  'reference',
];
/** Of each service, the tables of its projections. */
const tables = { analytics: ['deal', 'deal_stay', 'lead', 'pipeline', ...kept], deals: kept };
const services = ['analytics', 'deals'] as const;
type Rebuilt = (typeof services)[number];

const kafka = freshKafka();
const history = new History();
const databases = new Map<Service, FreshDatabase & { client: Database }>();
const running = new Map<Service, Running>();
const programs: Program[] = [];
let broker: Broker;
let publisher: Publisher;
let view: BrokerView;

const settingsOf = (service: Rebuilt) => ({
  DATABASE_URL: databases.get(service)!.url,
  BROKER_URL: kafka.url,
  TOPIC_PREFIX: kafka.topicPrefix,
});
const send = async (count: number) => {
  const messages = history.next(count);
  for (let at = 0; at < messages.length; at += 500) await publisher.send(messages.slice(at, at + 500));
};
const rows = async <R>(service: Rebuilt, text: string) =>
  (await databases.get(service)!.client.query<R>({ text })).rows;
const contentOf = async (service: Rebuilt) => {
  const content: Record<string, unknown[]> = {};
  for (const table of tables[service]) content[table] = await rows(service, `select * from ${table} order by 1, 2`);
  return content;
};
/** Waits until both services have read all there is. */
const settled = () =>
  eventually(async () => (await view.lag(services)).every(({ messages }) => messages === 0), {
    within: 60_000,
    every: 200,
  });
const facts = async () => (await view.extents(['crm.deal-stage.events'])).reduce((sum, { to }) => sum + to, 0);

/** Runs a rebuild as npm run ops does it. */
async function ops(service: Rebuilt, json = false) {
  const said = { out: [] as string[], complaints: [] as string[] };
  const { DATABASE_URL: databaseUrl, BROKER_URL: brokerUrl, TOPIC_PREFIX: topicPrefix } = settingsOf(service);
  const around = {
    environment: process.env,
    out: (line: string) => void said.out.push(line),
    complain: (line: string) => void said.complaints.push(line),
  };
  const status = await rebuild({ databaseUrl, brokerUrl, topicPrefix }, service, around, { json, databaseUrl });
  return { status, ...said };
}
const nothingLeft = async (service: Rebuilt) => {
  expect(await rows(service, `select from pg_namespace where nspname = 'rebuild'`)).toEqual([]);
};

beforeAll(async () => {
  build(...services);
  broker = brokerFrom(kafka.url, { clientId: 'test', topicPrefix: kafka.topicPrefix });
  view = brokerViewFrom(kafka.url, { clientId: 'test view', topicPrefix: kafka.topicPrefix });
  await broker.ensureTopics(allTopics());
  publisher = broker.publisher();
  for (const service of services) {
    const fresh = await freshDatabase();
    databases.set(service, { ...fresh, client: new Database({ url: fresh.url, max: 2 }) });
    running.set(service, await serve(service, settingsOf(service)));
  }
  await send(2000);
  await eventually(async () => (await rows('deals', 'select from reference')).length > 100, { within: 60_000 });
  await settled();
});
afterAll(async () => {
  for (const { child } of programs) child.kill('SIGKILL');
  for (const service of running.values()) await service.stop();
  await broker.close();
  await view.close();
  for (const { client, drop } of databases.values()) {
    await client.close();
    await drop();
  }
});

describe.each(services)('npm run ops -- rebuild %s', (service) => {
  it('builds the same as the service has kept, and makes whole what was damaged', async () => {
    const before = await contentOf(service);
    for (const table of tables[service]) {
      expect(before[table]!.length).toBeGreaterThan(0);
      await rows(service, `delete from ${table} where ctid in (select ctid from ${table} limit 40)`);
    }
    const published = await facts();
    const { status, out, complaints } = await ops(service);
    expect({ status, complaints }).toEqual({ status: 0, complaints: [] });
    expect(out.at(-1)).toMatch(
      new RegExp(
        `^${service}: rebuilt ${[...tables[service]].sort().join(', ')} from [\\d,]+ messages in [\\d.]+ s; the service took nothing in for \\d+ ms of it\\.$`,
      ),
    );
    expect(await contentOf(service)).toEqual(before);
    expect(await facts()).toBe(published);
    await nothingLeft(service);
  });
});

describe('a rebuild', () => {
  it('loses and doubles nothing of what happens meanwhile', async () => {
    let going = true;
    const writing = (async () => {
      for (let n = 0; going && n < 50; n++) await send(20);
    })();
    expect(await ops('analytics')).toMatchObject({ status: 0, complaints: [] });
    going = false;
    await writing;
    await send(100);
    await settled();
    const live = await contentOf('analytics');
    expect(await ops('analytics')).toMatchObject({ status: 0, complaints: [] });
    expect(await contentOf('analytics')).toEqual(live);
  });

  const stuck = async (work: () => Promise<void>) => {
    // A lead that cannot be read is parked, which keeps a rebuild waiting.
    const id = newId();
    const [message] = new History(11).next(1);
    const headers = { ...message!.headers, ce_type: 'crm.lead.created', ce_subject: id, ce_id: newId() };
    await publisher.send([{ topic: 'crm.lead.events', key: id, headers, value: '{"lead":"none"}' }]);
    await eventually(
      async () => (await rows('analytics', 'select from parked_event where settled_at is null')).length === 1,
      {
        within: 30_000,
      },
    );
    try {
      await work();
    } finally {
      await rows('analytics', `update parked_event set status = 'discarded', settled_at = now(), reason = 'No lead.'`);
    }
  };
  const begun = async () => {
    const program = start('analytics', 'rebuild', settingsOf('analytics'));
    programs.push(program);
    const waits = () => program.lines.some((line) => line.includes('; waits for parked event'));
    await eventually(() => waits() || program.complaints.length > 0, { within: 90_000 });
    expect(program.complaints).toEqual([]);
    return program;
  };

  it('says line by line as JSON how far it is, waits for parked events, and shows itself among the metrics', async () => {
    let done: ReturnType<typeof ops> | undefined;
    await stuck(async () => {
      done = ops('analytics', true);
      const figure = async (name: string) => {
        const text = await (await fetch(running.get('analytics')!.metricsUrl)).text();
        return Number(new RegExp(`^${name}\\{service="analytics"\\} (\\S+)$`, 'm').exec(text)?.[1]);
      };
      const known = await eventually(
        async () => {
          const [taken, all] = [
            await figure('voronka_rebuild_messages_taken'),
            await figure('voronka_rebuild_messages_known'),
          ];
          return taken === all && all;
        },
        { within: 60_000, every: 200 },
      );
      expect(known).toBeGreaterThan(1000);
      expect(await figure('voronka_rebuild_silent_seconds')).toBeLessThan(30);
    });
    const { status, out } = await done!;
    expect(status).toBe(0);
    const said = out.map((line) => JSON.parse(line) as { state: string; taken?: number; waitsFor?: string | null });
    expect(said.filter(({ waitsFor }) => waitsFor?.startsWith('parked event')).length).toBeGreaterThan(0);
    expect(said.map(({ state }) => state)).toEqual([...said.slice(1).map(() => 'under way'), 'done']);
    expect(said.at(-1)).toMatchObject({ service: 'analytics', tables: [...tables.analytics].sort() });
    expect(await (await fetch(running.get('analytics')!.metricsUrl)).text()).not.toContain(
      'voronka_rebuild_messages_taken{',
    );
  });

  it('that is killed leaves the service as it was; the next one removes what it left, and is done', async () => {
    const before = await contentOf('analytics');
    await stuck(async () => {
      const killed = await begun();
      const [run] = await rows<{ groups: string[] }>('analytics', 'select groups from rebuild.run');
      killed.child.kill('SIGKILL');
      expect(await killed.ended).toBeNull();
      expect(await contentOf('analytics')).toEqual(before);
      await send(50);
      await settled();
      // A broker keeps a reader that has died until its time is up; until then its group cannot be removed.
      const left = () => view.lag(run!.groups);
      await eventually(async () => (await left()).every(({ reading }) => !reading), { within: 60_000, every: 200 });
      expect(await left()).not.toEqual([]);
      // What it held is free again: a moment after, another one begins.
      const next = await begun();
      next.child.kill('SIGINT');
      expect(await next.ended).toBe(1);
      expect(next.complaints).toEqual(['The rebuild was stopped. Nothing was changed.']);
      expect(await left()).toEqual([]);
    });
    await nothingLeft('analytics');
    const live = await contentOf('analytics');
    expect(await ops('analytics')).toMatchObject({ status: 0 });
    expect(await contentOf('analytics')).toEqual(live);
  });

  it('is refused while another is under way', async () => {
    await stuck(async () => {
      const first = await begun();
      const { status, complaints } = await ops('analytics');
      expect(status).toBe(1);
      expect(complaints).toHaveLength(1);
      expect(complaints[0]).toMatch(/^Another rebuild of this service is under way, since .* Nothing was changed\.$/);
      first.child.kill('SIGTERM');
      expect(await first.ended).toBe(1);
    });
    await nothingLeft('analytics');
  });

  it('needs a database with the schema of its version, and a broker', async () => {
    const empty = await freshDatabase();
    const end = async (settings: NodeJS.ProcessEnv) => {
      const { ended, complaints, lines } = start('analytics', 'rebuild', { ...settingsOf('analytics'), ...settings });
      return { status: await ended, complaints, lines };
    };
    expect(await end({ DATABASE_URL: empty.url })).toEqual({
      status: 1,
      complaints: [
        'The database of analytics has no tables of ours: start the service in this version first. Nothing was changed.',
      ],
      lines: [],
    });
    await empty.drop();
    await rows('analytics', `insert into migration (timestamp, name) values (1, 'FromTheFuture')`);
    expect((await end({})).complaints).toEqual([
      'The database of analytics has a newer schema than this version: rebuild with the version that runs. Nothing was changed.',
    ]);
    await rows('analytics', `delete from migration where name = 'FromTheFuture'`);
    expect((await end({ DATABASE_URL: 'postgres://me:secret@127.0.0.1:1/x' })).complaints).toEqual([
      'The database does not answer (connect ECONNREFUSED 127.0.0.1:1): see that it runs and that DATABASE_URL is right. Nothing was changed.',
    ]);
    expect((await end({ BROKER_URL: 'kafka://127.0.0.1:1' })).complaints).toEqual([
      'The rebuild would wait for the broker to answer. Nothing was changed.',
    ]);
    await nothingLeft('analytics');
  });

  it('names the setting that is missing', async () => {
    const program = start('deals', 'rebuild', { DATABASE_URL: undefined });
    expect(await program.ended).toBe(1);
    expect(program.complaints.join('\n')).toMatch(/^DATABASE_URL is not set: /);
  });
});
