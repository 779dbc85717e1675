import { setTimeout as pause } from 'node:timers/promises';
import { allEvents, stateOf } from '@voronka/contracts';
import { brokerFrom, EventBus, type BrokerView, type Database } from '@voronka/messaging';
import type { ServiceDefinition } from './definition.js';
import { withoutDoor } from './service.js';
import type { ServiceSettings } from './service.settings.js';

/** Milliseconds between two looks at how much there is still to read. */
const EVERY = 200;

/** The topics of facts that a service publishes: what it makes of others' events, and nobody can take back from a state. */
const factTopicsOf = ({ publishes }: ServiceDefinition): string[] => {
  const facts = allEvents().filter(({ noun }) => publishes.includes(noun) && !stateOf(noun));
  return [...new Set(facts.map(({ topic }) => topic))];
};

/**
 * Has a service take in all that it reads, while nothing is published, and drops from its outbox the facts that are on their topic
 * already: they come of the same events again, under the versions they had. Answers how many those were.
 */
export async function recallFacts(
  definition: ServiceDefinition,
  { BROKER_URL, TOPIC_PREFIX }: Pick<ServiceSettings, 'BROKER_URL' | 'TOPIC_PREFIX'>,
  database: Database,
  view: BrokerView,
): Promise<number> {
  const topics = factTopicsOf(definition);
  if (topics.length === 0) return 0;
  const { name: service } = definition;
  const broker = brokerFrom(BROKER_URL, { clientId: `voronka-${service}-recall`, topicPrefix: TOPIC_PREFIX });
  const bus = new EventBus({ service, database, broker });
  try {
    const app = await withoutDoor(definition, database);
    bus.attachTo(app);
    await app.startAllMicroservices();
    while (!(bus.ready() && (await bus.lag()).every(({ messages }) => messages === 0))) await pause(EVERY);
  } finally {
    await bus.close();
    await broker.close();
  }
  let dropped = 0;
  for (const topic of topics) dropped += await dropPublished(database, view, topic);
  return dropped;
}

async function dropPublished(database: Database, view: BrokerView, topic: string): Promise<number> {
  const [keys, versions] = [[] as string[], [] as string[]];
  await view.read(await view.extents([topic]), ({ key, headers: { ce_aggregateversion: version } }) => {
    if (key === null || typeof version !== 'string') return;
    keys.push(key);
    versions.push(version);
  });
  const { rowCount } = await database.query({
    text: `delete from outbox o using (select distinct * from unnest($2::text[], $3::text[]) as k(key, version)) p
      where o.topic = $1 and o.key = p.key and o.headers ->> 'ce_aggregateversion' = p.version`,
    values: [topic, keys, versions],
  });
  return rowCount;
}
