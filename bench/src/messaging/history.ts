import { LeadCreated } from '@voronka/contracts';
import type { RecordedEvent } from '@voronka/messaging';
import { Partitioners, type Admin } from 'kafkajs';
import { bareKafka } from '../harness/bare-kafka.js';
import { monotonic, until } from '../harness/clock.js';
import { cpuEach, cpuOf } from '../harness/cpu.js';
import type { Ground } from '../harness/ground.js';
import type { Figures } from '../harness/scenario.js';
import { lead } from '../load/leads.js';
import { events, grouped } from '../load/lives.js';
import { messageOf } from '../load/messages.js';
import { committedOf } from './topics.js';

export const sizes = {
  full: { events: 200_000, warmUp: 30_000 },
  small: { events: 30_000, warmUp: 10_000 },
  smoke: { events: 600, warmUp: 0 },
};
export type Size = (typeof sizes)['full'];
export const PER_BATCH = 500;

/** A topic that holds events of leads already, with their headers, when a service begins. */
export interface History {
  readonly topic: string;
  readonly admin: Admin;
  drawn(): Generator<RecordedEvent, void>;
  /** Messages a second that a consumer reads which does nothing with them. */
  bareRead(): Promise<number>;
  /**
   * Starts a process of the service and waits until its group has committed all; timed from the end of the warm-up, and by
   * an event. Throws where nothing was left to time.
   */
  takenIn(service: 'analytics' | 'leads', group: string): Promise<{ perSecond: number; timed: number; cpu: Figures }>;
}

/** Sends events of leads to a topic, as the leads service tells them. */
export async function fill({ brokers }: Ground, topic: string, told: Iterable<RecordedEvent>): Promise<void> {
  const producer = bareKafka(brokers).producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  for (const group of grouped(told, PER_BATCH))
    await producer.send({ topic, acks: -1, messages: group.map((event) => messageOf(event, 'leads')) });
  await producer.disconnect();
}

export async function historyOf(ground: Ground, { events: count, warmUp }: Size, seed: number): Promise<History> {
  await ground.topics();
  const topic = ground.prefix + LeadCreated.topic;
  const drawn = () => events(count, seed, [lead]);
  await fill(ground, topic, drawn());
  const admin = await ground.admin();

  return {
    topic,
    admin,
    drawn,
    bareRead: async () => {
      const consumer = await ground.worker('bare-consumer', 'bare-consumer', { brokers: ground.brokers });
      const read = await consumer.call<number>('rate', { topic, warmUp, count });
      await consumer.kill();
      return read;
    },
    takenIn: async (service, group) => {
      const committed = () => committedOf(admin, ground.prefix + group, topic);
      const { pid } = await ground.begun(service);
      const pids = { [service]: pid, ...ground.servers.pids };
      const warm = await until(
        async () => {
          const done = await committed();
          return done >= warmUp && { done, at: monotonic(), cpu: cpuOf(pids) };
        },
        { within: 120_000, every: 50, otherwise: 'The warm-up was not taken in' },
      );
      await until(async () => (await committed()) >= count, {
        within: 240_000,
        every: 50,
        otherwise: 'The events were not taken in',
      });
      const [timed, took] = [count - warm.done, monotonic() - warm.at];
      if (timed <= 0) throw new Error('Everything was done with the warm-up.');
      return { perSecond: (timed * 1000) / took, timed, cpu: cpuEach(pids, warm.cpu, timed) };
    },
  };
}
