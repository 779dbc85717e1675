import { LeadCreated, stateOf } from '@voronka/contracts';
import { stateGroup, type RecordedEvent } from '@voronka/messaging';
import { Partitioners } from 'kafkajs';
import { monotonic, until } from '../harness/clock.js';
import { cpuEach, cpuOf } from '../harness/cpu.js';
import { bareKafka } from '../harness/bare-kafka.js';
import type { Ground } from '../harness/ground.js';
import type { Prepared, Scenario } from '../harness/scenario.js';
import { lead } from '../load/leads.js';
import { events, grouped } from '../load/lives.js';
import { messageOf } from '../load/messages.js';
import { committedOf, lengthOf, readTopics } from './topics.js';

const sizes = {
  full: { events: 200_000, warmUp: 30_000 },
  small: { events: 30_000, warmUp: 10_000 },
  smoke: { events: 600, warmUp: 0 },
};
type S = (typeof sizes)['full'];
const SEED = 5;

/** How fast a topic of states is filled from the history of events. */
export const states: Scenario<S> = {
  name: 'states',
  group: 'messaging',
  title: 'Publishing the states of records',
  what:
    'One process of the leads service, as it is shipped, starts on a topic that holds the events of leads already, and ' +
    'fills the topic of their states. Timed by the offsets that the group of its state publisher has committed, from the ' +
    'end of a warm-up to the end of the topic. The events of a lead stand close together, so that a batch often leaves ' +
    'one state for several. Checked: a reader of the topic of states alone has every lead at its last version with its ' +
    'last content. The floor is a kafkajs consumer that does nothing with the events.',
  per: 'event',
  measures: {
    eventsPerSecond: {
      name: 'events to states, one process',
      unit: 'events/s',
      better: 'more',
      goal: { atLeast: 5000 },
      floors: ['read'],
    },
  },
  floors: { read: { name: 'bare consumer', unit: 'messages/s' } },
  sizes,
  minutes: 15,
  prepare: async (ground, { events: count, warmUp }) => {
    await ground.topics();
    const topic = ground.prefix + LeadCreated.topic;
    const stateTopic = ground.prefix + (stateOf('lead')?.topic ?? '');
    await fill(ground, topic, count);
    await ground.serviceDatabase('leads');
    const admin = await ground.admin();
    const committed = () => committedOf(admin, ground.prefix + stateGroup('leads'), topic);

    return {
      floor: async () => {
        const consumer = await ground.worker('bare-consumer', 'bare-consumer', { brokers: ground.brokers });
        const read = await consumer.call<number>('rate', { topic, warmUp, count });
        await consumer.kill();
        return { read };
      },
      run: async () => {
        const { pid } = await ground.begun('leads');
        const pids = { leads: pid, ...ground.servers.pids };
        const warm = await until(
          async () => {
            const done = await committed();
            return done >= warmUp && { done, at: monotonic(), cpu: cpuOf(pids) };
          },
          { within: 120_000, every: 50, otherwise: 'The warm-up was not taken' },
        );
        await until(async () => (await committed()) >= count, {
          within: 240_000,
          every: 50,
          otherwise: 'The states were not published',
        });
        const [left, took] = [count - warm.done, monotonic() - warm.at];
        if (left <= 0) throw new Error('Everything was done with the warm-up.');
        return {
          figures: { eventsPerSecond: (left * 1000) / took },
          cpu: cpuEach(pids, warm.cpu, left),
          notes: { 'events timed': left, 'states published': await lengthOf(admin, stateTopic) },
        };
      },
      check: () => check(ground.brokers, stateTopic, count),
    } satisfies Prepared;
  },
};

const drawn = (count: number): Generator<RecordedEvent, void> => events(count, SEED, [lead]);

async function fill(ground: Ground, topic: string, count: number): Promise<void> {
  const producer = bareKafka(ground.brokers).producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  for (const group of grouped(drawn(count), 500))
    await producer.send({ topic, acks: -1, messages: group.map((event) => messageOf(event, 'leads')) });
  await producer.disconnect();
}

/** Holds what a new reader of the states knows against the last event of each record. */
async function check(brokers: string, topic: string, count: number): Promise<string[]> {
  const wanted = new Map<string, string>();
  for (const { recordId, version, data } of drawn(count))
    wanted.set(recordId, `${version} ${JSON.stringify((data as { lead: object }).lead)}`);
  const known = new Map<string, { version: number; text: string }>();
  await readTopics(brokers, [topic], (_, { key, headers, value }) => {
    const id = key?.toString() ?? '';
    const version = Number(headers?.['ce_aggregateversion']?.toString());
    if (version >= (known.get(id)?.version ?? 0)) known.set(id, { version, text: `${version} ${value?.toString()}` });
  });
  const wrong = [...wanted].filter(([id, text]) => known.get(id)?.text !== text).length;
  return [
    ...(wrong === 0 ? [] : [`${wrong} of ${wanted.size} leads have no state, or another than their last event says.`]),
    ...(known.size <= wanted.size ? [] : [`There are states of ${known.size - wanted.size} leads that nobody wrote.`]),
  ];
}
