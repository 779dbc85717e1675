import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { IHeaders } from 'kafkajs';
import { kafkaClient, moveOffsets } from './offsets.js';
import type { Random } from './random.js';
import { type ServiceName, type Stage, serviceNames, signal, until } from './stage.js';

/** Something to be done to the system: drawn from the seed, then done. */
export interface Deed {
  readonly words: string;
  /**
   * Hurts and, after its time, stops hurting; what was ended may still be on its way back. Rejects where it could not be done,
   * with NotPossible where it never can be on this machine.
   */
  run(): Promise<void>;
}

export interface Fault extends Deed {
  readonly kind: string;
}

/** This machine does not let us do it. */
export class NotPossible extends Error {}

/** Draws a fault with all its circumstances. */
type Kind = (stage: Stage, random: Random) => Deed;

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
const fault = (words: string, run: () => Promise<unknown>): Deed => ({ words, run: async () => void (await run()) });
/** Milliseconds out of one of several ranges. */
const oneOf = (random: Random, ...ranges: readonly (readonly [least: number, most: number])[]): number =>
  random.between(...random.one(ranges));
/** Shorter than the time after which a group gives up a silent reader (6 s), or longer. */
const aroundTheSession = (random: Random): number => oneOf(random, [800, 3_000], [6_500, 8_500]);
const service = (random: Random): ServiceName => random.one(serviceNames);
/** The link of either server, and whose connections are meant: one service's, or everybody's. */
function line(stage: Stage, random: Random) {
  const to = random.one(['kafka', 'postgres'] as const);
  const owner = random.chance(0.5) ? service(random) : null;
  return { link: stage[to].link, owner, words: `between ${owner ?? 'everybody'} and ${to}` };
}

/** Every kind of fault by its name. */
export const kinds: Record<string, Kind> = {
  'kill-service': (stage, random) => {
    const name = service(random);
    return fault(`kill -9 ${name}`, () => stage.system.process(name).kill());
  },
  'kill-gateway': (stage) => fault('kill -9 gateway', () => stage.system.process('gateway').kill()),
  'kill-kafka': (stage) => fault('kill -9 Kafka', () => stage.kafka.supervised.kill()),
  'kill-postgres': (stage) => fault('kill -9 PostgreSQL', () => stage.postgres.supervised.kill()),
  'freeze-service': (stage, random) => {
    const name = service(random);
    return freeze(name, aroundTheSession(random), () => stage.system.process(name).pid);
  },
  'freeze-gateway': (stage, random) =>
    freeze('gateway', random.between(800, 3_000), () => stage.system.process('gateway').pid),
  'freeze-kafka': (stage, random) => freeze('Kafka', aroundTheSession(random), () => stage.kafka.supervised.pid),
  'kafka-away': (stage, random) => {
    const ms = random.between(500, 5_000);
    return fault(`Kafka away for ${seconds(ms)}`, async () => {
      await Promise.all([stage.kafka.supervised.stop(8_000), stage.kafka.link.close()]);
      await sleep(ms);
      await stage.kafka.supervised.start();
      await stage.kafka.link.open();
    });
  },
  'cut-links': (stage, random) => {
    const { link, owner, words } = line(stage, random);
    const pauses = Array.from({ length: random.between(2, 6) }, () => random.between(100, 700));
    return fault(`${pauses.length} cuts ${words}`, async () => {
      for (const pause of pauses) {
        link.cut(owner);
        await sleep(pause);
      }
    });
  },
  'slow-link': (stage, random) => {
    const { link, owner, words } = line(stage, random);
    const delay = random.between(50, 400);
    return during(random.between(2_000, 4_000), `${delay} ms delay ${words}`, () => link.begin({ owner, delay }));
  },
  'black-hole': (stage, random) => {
    const { link, owner, words } = line(stage, random);
    const hold = random.one(['request', 'response'] as const);
    const reset = random.chance(0.5);
    // Around the session, and longer than a request to Kafka may take (10 s).
    const ms = oneOf(random, [1_000, 3_000], [6_500, 8_500], [10_500, 12_000]);
    return during(ms, `no ${hold} gets through ${words}${reset ? ', then a reset' : ''}`, () => {
      const end = link.begin({ owner, hold });
      return () => {
        if (reset) link.cut(owner);
        end();
      };
    });
  },
  'lost-responses': (stage, random) => {
    const { link, owner, words } = line(stage, random);
    const dropResponses = random.between(3, 25);
    return during(2_500, `${dropResponses} responses lost ${words}`, () => link.begin({ owner, dropResponses }));
  },
  rebalance: (stage, random) => {
    const name = service(random);
    const ms = random.between(500, 3_000);
    const abrupt = random.chance(0.5);
    return fault(`a second ${name} comes and ${abrupt ? 'is killed' : 'goes'} after ${seconds(ms)}`, async () => {
      const child = await stage.second(name, 20_000);
      await sleep(ms);
      await (abrupt ? child.kill() : child.stop(8_000));
    });
  },
  /** A relay that wakes up after another has taken its lock, in the middle of whatever it was doing. */
  'stolen-lock': (stage, random) => {
    const name = service(random);
    const ms = random.between(1_500, 4_000);
    return fault(
      `${name} frozen, its database connections ended, a second one at work for ${seconds(ms)}`,
      async () => {
        const child = await stage.second(name, 20_000);
        const frozen = stage.system.process(name).pid;
        signal(frozen, 'SIGSTOP');
        try {
          stage.postgres.link.cut(name);
          await sleep(ms);
        } finally {
          signal(frozen, 'SIGCONT');
        }
        await sleep(1_000);
        await child.stop(8_000);
      },
    );
  },
  duplicates: (stage, random) => {
    const topic = `crm.${random.one(['lead', 'deal', 'conversion', 'company', 'contact', 'activity'])}.events`;
    const many = random.between(20, 200);
    return fault(`the last ${many} events of each partition of ${topic} come again`, () =>
      patiently(() => sendAgain(stage.brokers, topic, many)),
    );
  },
  rewind: (stage, random) => {
    const name = service(random);
    const back = random.between(5, 200);
    return fault(`${name} reads the last ${back} events of each partition again`, async () => {
      const process = stage.system.process(name);
      await process.stop();
      try {
        await patiently(() => rewind(stage.brokers, name, back));
      } finally {
        await process.start();
      }
    });
  },
};

function freeze(name: string, ms: number, pid: () => number | null): Deed {
  return fault(`${name} frozen for ${seconds(ms)}`, async () => {
    const frozen = pid();
    signal(frozen, 'SIGSTOP');
    await sleep(ms);
    signal(frozen, 'SIGCONT');
  });
}

function during(ms: number, words: string, begin: () => () => void): Deed {
  return fault(`${words}, ${seconds(ms)}`, async () => {
    const end = begin();
    await sleep(ms);
    end();
  });
}

/** Tries again for half a minute: Kafka may be away by another fault of the same round. */
async function patiently(work: () => Promise<void>): Promise<void> {
  for (const until = Date.now() + 30_000; ;) {
    try {
      return await work();
    } catch (error) {
      if (Date.now() > until) throw error;
      await sleep(500);
    }
  }
}

/** Sets a group's offsets back, as if it had died before it committed them. */
function rewind(brokers: string, group: string, back: number): Promise<void> {
  return moveOffsets(brokers, group, async (_, committed) =>
    committed.map((position) => ({ ...position, offset: String(Math.max(0, Number(position.offset) - back)) })),
  );
}

/** Puts the last events of a topic on it again as they were, as a producer that had no answer would. */
async function sendAgain(brokers: string, topic: string, many: number): Promise<void> {
  const kafka = kafkaClient(brokers);
  const [admin, producer] = [kafka.admin(), kafka.producer({ allowAutoTopicCreation: false })];
  const groupId = `torture-again-${randomUUID()}`;
  const consumer = kafka.consumer({ groupId });
  try {
    await admin.connect();
    const ends = new Map((await admin.fetchTopicOffsets(topic)).map((end) => [end.partition, Number(end.high)]));
    const left = new Set([...ends].filter(([, high]) => high > 0).map(([partition]) => partition));
    if (left.size === 0) return;
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    const again: { partition: number; key: Buffer | null; value: Buffer | null; headers: IHeaders }[] = [];
    await consumer.run({
      autoCommit: false,
      eachMessage: async ({ partition, message: { key, value, headers = {}, offset } }) => {
        const end = ends.get(partition) ?? 0;
        const place = Number(offset);
        if (place >= end - many && place < end) again.push({ partition, key, value, headers });
        if (place >= end - 1) left.delete(partition);
      },
    });
    await until(() => left.size === 0, 15_000, `${topic} could not be read`);
    await producer.connect();
    await producer.send({ topic, messages: again });
  } finally {
    await consumer.disconnect();
    await admin.deleteGroups([groupId]).catch(() => undefined);
    await Promise.all([admin.disconnect(), producer.disconnect()]);
  }
}
