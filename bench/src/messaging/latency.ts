import { LeadCreated, RoleCreated, shippedRoles, UserCreated } from '@voronka/contracts';
import type { Client } from 'pg';
import { v7 as newId } from 'uuid';
import { monotonic, until } from '../harness/clock.js';
import { cpuEach, cpuOf } from '../harness/cpu.js';
import type { Ground } from '../harness/ground.js';
import { distributionOf, type Distribution } from '../harness/latency.js';
import type { Prepared, Scenario } from '../harness/scenario.js';
import type { Worker } from '../harness/worker.js';
import { messageOf } from '../load/messages.js';
import { dueAt, type OpenLoop } from '../load/open-loop.js';
import type { Sighting } from '../processes/topic-watcher.js';
import { plannedWrites, writeKey, type WritePlan } from './writes.js';

const sizes = {
  full: { perSecond: 1000, seconds: 30, warmUp: 10, base: 4000 },
  small: { perSecond: 300, seconds: 8, warmUp: 4, base: 1000 },
  smoke: { perSecond: 40, seconds: 1, warmUp: 1, base: 100 },
};
type S = (typeof sizes)['full'];
/** Milliseconds from an order to the first write, for everybody to be ready. */
const LEAD_IN = 500;

interface Written {
  readonly answeredAt: Float64Array;
  readonly refused: readonly string[];
}

/** How long after it was committed a write is elsewhere. */
export const latency: Scenario<S> = {
  name: 'latency',
  group: 'messaging',
  title: 'From a write to those who read',
  what:
    'An open loop writes leads (a quarter are created, the others updated) in one process of the leads service: over plain ' +
    'HTTP to what its resolver calls, without gateway and GraphQL. A kafkajs consumer in a process of its ' +
    'own notes when it has each event; another process asks for the rows of the projection in the analytics service every ' +
    '20 ms. When a write was committed PostgreSQL tells, for those that no later one has overwritten (`track_commit_timestamp`; it ' +
    'takes the time before it waits for the disk); due is counted from when the open loop meant to send, so a stall of anything ' +
    'counts in full. Checked: no write refused, each one on the topic and in the projection, and the lead funnel of ' +
    'the report counts them all. The floor is kafkajs alone at the same rate: due to consumed, within one process.',
  per: 'write',
  measures: {
    topicP50: measure('committed to readable on the topic, p50', 10, 'kafkaP50'),
    topicP99: measure('committed to readable on the topic, p99', 100, 'kafkaP99'),
    reportP50: measure('committed to visible in the projection, p50'),
    reportP99: measure('committed to visible in the projection, p99', 1000),
    wholeP50: measure('due to readable on the topic, p50'),
    wholeP99: measure('due to readable on the topic, p99'),
    answerP50: measure('due to answered, p50'),
    answerP99: measure('due to answered, p99'),
  },
  floors: {
    kafkaP50: { name: 'bare kafkajs, p50', unit: 'ms' },
    kafkaP99: { name: 'bare kafkajs, p99', unit: 'ms' },
  },
  sizes,
  minutes: 15,
  prepare: async (ground, size) => {
    const { perSecond, seconds, warmUp, base } = size;
    const plan: WritePlan = { base, idsAt: Date.now(), total: perSecond * (seconds + warmUp) };
    const [leadsUrl, analyticsUrl] = [await ground.serviceDatabase('leads'), await ground.serviceDatabase('analytics')];
    await ground.topics();
    const analytics = await ground.service('analytics');
    const leads = await ground.serviceInside('leads', 'leads-service');
    const actor = await person(ground, [leadsUrl, analyticsUrl]);
    const topic = ground.prefix + LeadCreated.topic;
    const writer = await ground.worker('lead-writer', 'lead-writer', {
      url: await leads.call<string>('open', { actor }),
    });
    const topicWatcher = await ground.worker('topic-watcher', 'topic-watcher', { brokers: ground.brokers, topic });
    const rowWatcher = await ground.worker('row-watcher', 'row-watcher', { databaseUrl: analyticsUrl });
    await writer.call('prepare', plan);
    await topicWatcher.call('start');
    const found: { written?: Written; rows?: Float64Array; sightings?: readonly Sighting[] } = {};

    return {
      floor: () => bareLatency(ground, size),
      run: async () => {
        const pids = { leads: leads.pid, analytics: analytics.pid, ...ground.servers.pids };
        const mark = cpuOf(pids);
        const loop: OpenLoop = { perSecond, seconds: seconds + warmUp, startAt: monotonic() + LEAD_IN };
        const order = { plan, loop };
        const [written, rows] = await Promise.all([
          writer.call<Written>('write', order),
          rowWatcher.call<Float64Array>('watch', order),
        ]);
        const cpu = cpuEach(pids, mark, plan.total);
        const sightings = await allSeen(topicWatcher, base + plan.total);
        Object.assign(found, { written, rows, sightings });
        const commits = await committed(await ground.connect(leadsUrl));
        const distributions = distributionsOf({
          plan,
          loop,
          written,
          rows,
          sightings,
          commits,
          from: perSecond * warmUp,
        });
        return {
          figures: figuresOf(distributions),
          cpu,
          distributions: named(distributions),
          notes: { writes: plan.total, repeats: repeatsIn(sightings) },
        };
      },
      check: async () => {
        const { written, rows, sightings = [] } = found;
        const keys = new Set(sightings.map(({ key }) => key));
        const missing = plannedWrites(plan).filter(({ id, version }) => !keys.has(writeKey(id, version))).length;
        const unseen = (rows ?? []).filter((at) => at === 0).length;
        const created = plannedWrites(plan).filter(({ creates }) => creates).length;
        const counted = await leadsInReport(analytics.url, await ground.identity('analytics', actor));
        return [
          ...sentence(written?.refused.length ?? 0, `writes were refused: ${written?.refused[0]}`),
          ...sentence(missing, 'writes are not on the topic.'),
          ...sentence(unseen, 'writes were not seen in the projection.'),
          ...(counted === base + created ? [] : [`The lead funnel counts ${counted} leads, not ${base + created}.`]),
        ];
      },
    } satisfies Prepared;
  },
};

function measure(name: string, goal?: number, floor?: string) {
  return {
    ...{ name, unit: 'ms', better: 'less' as const },
    ...(goal !== undefined && { goal: { atMost: goal } }),
    ...(floor !== undefined && { floors: [floor] }),
  };
}

/** At-least-once delivery allows them. */
const repeatsIn = (sightings: readonly Sighting[]): number =>
  sightings.length - new Set(sightings.map(({ key }) => key)).size;

const sentence = (count: number, what: string): string[] => (count === 0 ? [] : [`${count} ${what}`]);

/** Announces a person who may write, and waits until the services know him; answers his id. */
export async function person(ground: Ground, databases: readonly string[]): Promise<string> {
  const id = newId();
  const [now, actor] = [new Date(), 'system:identity'];
  const user = {
    id,
    name: 'Anna Smirnova',
    email: 'anna@example.com',
    teamId: null,
    roleIds: [shippedRoles.ADMINISTRATOR.id],
    active: true,
  };
  const event = {
    declaration: UserCreated,
    recordId: id,
    version: 1,
    data: { user },
    occurredAt: now,
    recordedAt: now,
    actor,
  };
  const publisher = ground.broker().publisher();
  const role = { ...shippedRoles.ADMINISTRATOR, grants: [...shippedRoles.ADMINISTRATOR.grants] };
  const defined = { ...event, declaration: RoleCreated, recordId: role.id, data: { role } };
  await publisher.send([messageOf(defined, 'identity'), messageOf(event, 'identity')]);
  await publisher.close();
  for (const url of databases) {
    const client = await ground.connect(url);
    const known = async () => (await client.query('select from directory_user where id = $1', [id])).rowCount;
    await until(known, { within: 30_000, every: 100, otherwise: 'The person was not known' });
  }
  return id;
}

async function bareLatency(
  ground: Ground,
  { perSecond, seconds, warmUp }: S,
): Promise<{ kafkaP50: number; kafkaP99: number }> {
  const bare = await ground.worker('bare-latency', 'bare-latency', { brokers: ground.brokers });
  const loop = { perSecond, seconds: Math.min(15, seconds + warmUp) };
  const topic = await ground.floorTopic('latency');
  const { p50, p99 } = await bare.call<Distribution>('measure', {
    topic,
    loop,
    warmUp: perSecond * Math.min(5, warmUp),
  });
  await bare.kill();
  return { kafkaP50: p50, kafkaP99: p99 };
}

/** What the watcher has seen once it has seen so many, or no more within 30 s. */
async function allSeen(watcher: Worker, count: number): Promise<readonly Sighting[]> {
  const enough = async () => (await watcher.call<number>('seen')) >= count;
  await until(enough, { within: 30_000, every: 100, otherwise: 'Not all events were seen' }).catch(() => undefined);
  return watcher.call<readonly Sighting[]>('stop');
}

/** When the versions of leads that are there now were committed, in milliseconds of the wall clock. */
async function committed(database: Client): Promise<Map<string, number>> {
  const { rows } = await database.query<{ id: string; version: number; at: number }>(
    'select id, version, extract(epoch from pg_xact_commit_timestamp(xmin))::float8 * 1000 as at from lead',
  );
  return new Map(rows.map(({ id, version, at }) => [writeKey(id, version), at]));
}

interface Run {
  readonly plan: WritePlan;
  readonly loop: OpenLoop;
  readonly written: Written;
  readonly rows: Float64Array;
  readonly sightings: readonly Sighting[];
  readonly commits: ReadonlyMap<string, number>;
  /** The first write that counts. */
  readonly from: number;
}

function distributionsOf({ plan, loop, written, rows, sightings, commits, from }: Run) {
  const byKey = new Map(sightings.map((sighting) => [sighting.key, sighting]));
  const topic: number[] = [];
  const report: number[] = [];
  const whole: number[] = [];
  const answer: number[] = [];
  plannedWrites(plan).forEach(({ id, version }, n) => {
    const key = writeKey(id, version);
    const sighting = byKey.get(key);
    const commit = commits.get(key);
    if (n < from || !sighting) return;
    const due = dueAt(loop, n);
    whole.push(sighting.at - due);
    const [seen, answered] = [rows[n] ?? 0, written.answeredAt[n] ?? 0];
    if (commit !== undefined) topic.push(sighting.wall - commit);
    if (commit !== undefined && seen > 0) report.push(seen - sighting.at + sighting.wall - commit);
    if (answered > 0) answer.push(answered - due);
  });
  return {
    topic: distributionOf(topic),
    report: distributionOf(report),
    whole: distributionOf(whole),
    answer: distributionOf(answer),
  };
}

type Distributions = ReturnType<typeof distributionsOf>;

const figuresOf = (distributions: Distributions): Record<string, number> =>
  Object.fromEntries(
    Object.entries(distributions).flatMap(([name, { p50, p99 }]) => [
      [`${name}P50`, p50],
      [`${name}P99`, p99],
    ]),
  );

/** As a plot calls them. */
const named = ({ topic, report, whole, answer }: Distributions) => ({
  'committed to topic': topic,
  'committed to projection': report,
  'due to topic': whole,
  'due to answered': answer,
});

async function leadsInReport(url: string, token: string): Promise<number> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: '{ leadFunnel(groupBy: SOURCE) { total { captured } } }' }),
  });
  const { data, errors } = (await response.json()) as {
    data: { leadFunnel: { total: { captured: number } } } | null;
    errors?: { message: string }[];
  };
  if (!data) throw new Error(`The lead funnel was not answered: ${errors?.[0]?.message}`);
  return data.leadFunnel.total.captured;
}
