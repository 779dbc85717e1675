import { LeadUpdated } from '@voronka/contracts';
import { monotonic, pause, until } from '../harness/clock.js';
import { distributionOf } from '../harness/latency.js';
import type { Prepared, Scenario } from '../harness/scenario.js';
import type { Worker } from '../harness/worker.js';
import { Random } from '../load/random.js';
import type { Sighting } from '../processes/topic-watcher.js';

const sizes = { full: { kills: 20 }, small: { kills: 5 }, smoke: { kills: 2 } };
type S = (typeof sizes)['full'];
/** Milliseconds from one relay's start to the next death: at random between these. */
const BETWEEN = [500, 2500] as const;

interface WrittenEvent {
  readonly key: string;
  readonly begunAt: number;
}

/** How long the outbox stands still when the relay that leads is killed. */
export const succession: Scenario<S> = {
  name: 'succession',
  group: 'messaging',
  title: 'When the leading relay dies',
  what:
    'Two relays in processes of their own wait on one database, into which a third process writes a hundred events a second. The ' +
    'relay that leads is killed with SIGKILL at random moments, and started again when the other has taken over. Timed from ' +
    'the kill until a kafkajs consumer has an event whose transaction began after it. Checked: every event is on the topic, ' +
    "each record's in order; some may stand there twice.",
  per: 'kill',
  measures: {
    max: { name: 'kill to the next event, longest', unit: 'ms', better: 'less', goal: { atMost: 5000 } },
    p50: { name: 'kill to the next event, p50', unit: 'ms', better: 'less' },
  },
  floors: {},
  sizes,
  minutes: 15,
  prepare: async (ground, { kills }) => {
    const databaseUrl = await ground.serviceDatabase('leads');
    await ground.migrate('leads', databaseUrl);
    await ground.topics();
    const settings = { databaseUrl, brokerUrl: ground.brokerUrl, topicPrefix: ground.prefix };
    const topic = ground.prefix + LeadUpdated.topic;
    const watcher = await ground.worker('topic-watcher', 'topic-watcher', { brokers: ground.brokers, topic });
    const writer = await ground.worker('event-writer', 'event-writer', settings);
    const relay = async (name: string): Promise<Worker> => {
      const worker = await ground.worker(name, 'relay', { ...settings, name: `bench-${name}` });
      await worker.call('start');
      return worker;
    };
    const relays = [await relay('relay-a'), await relay('relay-b')];
    await watcher.call('start');
    await writer.call('start');
    const found: { written: readonly WrittenEvent[]; sightings: readonly Sighting[] } = { written: [], sightings: [] };

    return {
      run: async () => {
        const random = new Random(Date.now());
        const killedAt: number[] = [];
        for (let n = 0; n < kills; n++) {
          const place = await leading(relays);
          await pause(BETWEEN[0] + random.below(BETWEEN[1] - BETWEEN[0]));
          const victim = relays[place] as Worker;
          killedAt.push(monotonic());
          await victim.kill();
          relays[place] = await relay(victim.name);
        }
        await leading(relays);
        found.written = await writer.call<readonly WrittenEvent[]>('stop');
        found.sightings = await allSeen(watcher, found.written);
        const stills = standstills(killedAt, found.written, found.sightings);
        const still = distributionOf(stills);
        return {
          figures: { max: still.max, p50: still.p50 },
          distributions: { 'kill to the next event': still },
          notes: {
            kills,
            events: found.written.length,
            repeats: found.sightings.length - keysOf(found.sightings).size,
          },
        };
      },
      check: () => Promise.resolve(check(found.written, found.sightings)),
    } satisfies Prepared;
  },
};

/** The place of the relay that leads. */
async function leading(relays: readonly Worker[]): Promise<number> {
  const ask = async (): Promise<number> => {
    const leads = await Promise.all(relays.map((worker) => worker.call<boolean>('leads')));
    return leads.indexOf(true) + 1;
  };
  return (await until(ask, { within: 60_000, every: 10, otherwise: 'No relay led' })) - 1;
}

async function allSeen(watcher: Worker, written: readonly WrittenEvent[]): Promise<readonly Sighting[]> {
  const enough = async () => (await watcher.call<number>('seen')) >= written.length;
  await until(enough, { within: 30_000, every: 100, otherwise: 'Not all events were seen' }).catch(() => undefined);
  // Repeats make the count too high: what was written last is given a moment more.
  await pause(1000);
  return watcher.call<readonly Sighting[]>('stop');
}

const keysOf = (sightings: readonly Sighting[]): Set<string> => new Set(sightings.map(({ key }) => key));

/** For each kill, the milliseconds until the first event was there whose transaction began after it. */
function standstills(kills: readonly number[], written: readonly WrittenEvent[], seen: readonly Sighting[]): number[] {
  const begun = new Map(written.map(({ key, begunAt }) => [key, begunAt]));
  return kills.map((killed) => {
    const later = seen.filter(({ key }) => (begun.get(key) ?? 0) > killed).map(({ at }) => at);
    return later.reduce((least, at) => Math.min(least, at), Infinity) - killed;
  });
}

function check(written: readonly WrittenEvent[], sightings: readonly Sighting[]): string[] {
  const seen = keysOf(sightings);
  const missing = written.filter(({ key }) => !seen.has(key)).length;
  const come = new Map<string, number>();
  let disorder = 0;
  // The first time each version came, it came after the one before.
  for (const { key } of sightings) {
    const [record = '', version] = key.split('/');
    const before = come.get(record) ?? 0;
    if (Number(version) > before + 1) disorder += 1;
    come.set(record, Math.max(before, Number(version)));
  }
  return [
    ...(missing === 0 ? [] : [`${missing} events are not on the topic.`]),
    ...(disorder === 0 ? [] : [`${disorder} events came before the one before them.`]),
  ];
}
