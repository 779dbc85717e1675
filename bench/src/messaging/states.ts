import { stateOf } from '@voronka/contracts';
import { stateGroup, type RecordedEvent } from '@voronka/messaging';
import type { Prepared, Scenario } from '../harness/scenario.js';
import { historyOf, sizes, type Size } from './history.js';
import { lengthOf, readTopics } from './topics.js';

const SEED = 5;

/** How fast a topic of states is filled from the history of events. */
export const states: Scenario<Size> = {
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
  prepare: async (ground, size) => {
    const history = await historyOf(ground, size, SEED);
    const topic = ground.prefix + (stateOf('lead')?.topic ?? '');
    await ground.serviceDatabase('leads');

    return {
      floor: async () => ({ read: await history.bareRead() }),
      run: async () => {
        const { perSecond, timed, cpu } = await history.takenIn('leads', stateGroup('leads'));
        const notes = { 'events timed': timed, 'states published': await lengthOf(history.admin, topic) };
        return { figures: { eventsPerSecond: perSecond }, cpu, notes };
      },
      check: () => check(ground.brokers, topic, history.drawn()),
    } satisfies Prepared;
  },
};

/** Holds what a new reader of the states knows against the last event of each record. */
async function check(brokers: string, topic: string, events: Iterable<RecordedEvent>): Promise<string[]> {
  const wanted = new Map<string, string>();
  for (const { recordId, version, data } of events)
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
