import { eventOf, stateOf, type Received } from '@voronka/contracts';
import {
  brokerViewFrom,
  Database,
  decode,
  stateGroup,
  UnreadableMessage,
  type BrokerView,
  type IncomingMessage,
} from '@voronka/messaging';
import pRetry from 'p-retry';
import { asRows, tableOf, type RecordType, type Table } from '../store/table.js';
import type { ServiceDefinition } from './definition.js';
import { schemaAge } from './migrate.js';
import { recallFacts } from './recall-facts.js';
import { serviceSettings, type ServiceSettings } from './service.settings.js';
import { SettingError, settingsFrom } from './settings.js';

const { DATABASE_URL, BROKER_URL, TOPIC_PREFIX } = serviceSettings;
const recallSettings = { DATABASE_URL, BROKER_URL, TOPIC_PREFIX };
const PATIENCE = { retries: 20, minTimeout: 250, maxTimeout: 1_000 };
export type RecallSettings = Pick<ServiceSettings, keyof typeof recallSettings>;

/** What a recall came to, by noun; `left` are records that cannot be made of what is public of them. */
export interface Recalled {
  readonly nouns: Readonly<Record<string, { made: number; changed: number; removed: number }>>;
  /** Facts that were made again, and are not published again. */
  readonly facts: number;
  readonly left: readonly { readonly noun: string; readonly id: string; readonly why: string }[];
}

/**
 * Of a record class: what a row holds beside the public state and must not lack, for one that is made of its events alone;
 * the last of which happened then.
 */
export type Recallable = { recalled?: (occurredAt: Date) => object };

interface Noun {
  readonly name: string;
  readonly type: RecordType;
  readonly table: Table;
  /** Under which name events carry the state. */
  readonly field: string;
  readonly topic: string;
}

/**
 * For a service whose database was restored and which does not run: takes back from the service's own topics the public state
 * and the version of each record that they know in a later version, or the database would go on from the older one and
 * everybody would take what it says for a repetition. Then has the service read all that it takes in from the beginning, of
 * which its inbox leaves what it knows. A second time changes nothing.
 */
export async function recallRecords(definition: ServiceDefinition, settings: RecallSettings): Promise<Recalled> {
  const { name } = definition;
  const clientId = `voronka-${name}-recall`;
  const database = new Database({ url: settings.DATABASE_URL, max: 2, applicationName: clientId });
  const view = brokerViewFrom(settings.BROKER_URL, { clientId, topicPrefix: settings.TOPIC_PREFIX });
  try {
    if ((await schemaAge(definition, database)) !== 'this')
      throw new SettingError(
        `The database of ${name} has not this version’s schema: use the version it was restored with.`,
      );
    // A broker that was just started does not know its groups yet.
    const lag = await pRetry(() => view.lag([name, stateGroup(name)]), PATIENCE);
    if (lag.some(({ reading }) => reading))
      throw new SettingError(`${name} is running: stop all its instances, then recall, then start it.`);
    const nouns = nounsOf(definition);
    const later = await laterEvents(database, view, name, nouns);
    const recalled = await database.transaction(() => recall(database, nouns, later));
    // Whose they were is forgotten with them: this database may stand in another's place.
    await view.forget(name);
    await view.forget(stateGroup(name));
    return { ...recalled, facts: await recallFacts(definition, settings, database, view) };
  } finally {
    await view.close();
    await database.close();
  }
}

/** The command `recall` of a service. Answers the exit status: 1 where records are left. */
export async function recallCommand(definition: ServiceDefinition): Promise<number> {
  const { nouns, facts, left } = await recallRecords(definition, settingsFrom(recallSettings));
  const say = (text: string) => process.stdout.write(`${definition.name}: ${text}\n`);
  for (const [noun, { made, changed, removed }] of Object.entries(nouns))
    say(`${noun}: ${made} made, ${changed} changed, ${removed} removed`);
  for (const { noun, id, why } of left) say(`${noun} ${id} is left as it was: ${why}`);
  if (facts > 0) say(`${facts} facts are on their topics already and are not published again`);
  say('it reads all topics from the beginning when it starts');
  return left.length === 0 ? 0 : 1;
}

function nounsOf({ publishes, entities }: ServiceDefinition): Noun[] {
  // In the order of the entities: what others name comes first.
  return entities.flatMap((type) => {
    const table = tableOf(type);
    const name = publishes.find((noun) => tableNameOf(noun) === table.name);
    const state = name === undefined ? undefined : stateOf(name);
    return name && state ? { name, type, table, field: state.field, topic: state.events } : [];
  });
}

/** Each service has handovers of its own, under its own noun. */
const tableNameOf = (noun: string) => (noun.endsWith('-handover') ? 'handover' : noun.replaceAll('-', '_'));

type Later = ReadonlyMap<Noun, ReadonlyMap<string, readonly Received[]>>;

/** By noun and record, the events that come after what the database knows, in their order. */
async function laterEvents(
  database: Database,
  view: BrokerView,
  service: string,
  nouns: readonly Noun[],
): Promise<Later> {
  const later = new Map(nouns.map((noun) => [noun, new Map<string, Received[]>()]));
  const byTopic = new Map<string, { events: Map<string, Received[]>; versions: ReadonlyMap<string, number> }>();
  for (const noun of nouns) {
    const { rows } = await database.query<{ id: string; version: number }>({
      text: `select id, version from "${noun.table.name}"`,
    });
    const versions = new Map(rows.map(({ id, version }) => [id, version]));
    byTopic.set(noun.topic, { events: later.get(noun)!, versions });
  }
  await view.read(await view.extents([...byTopic.keys()]), (message) => {
    const { events, versions } = byTopic.get(message.topic)!;
    const event = ownEvent(message, service);
    if (!event || event.aggregateVersion <= (versions.get(event.subject) ?? 0)) return;
    const own = events.get(event.subject);
    if (own) own.push(event);
    else events.set(event.subject, [event]);
  });
  for (const events of later.values())
    for (const own of events.values()) own.sort((a, b) => a.aggregateVersion - b.aggregateVersion);
  return later;
}

/** What others put on the topic says nothing of a record, nor does what cannot be read. */
function ownEvent(message: IncomingMessage, service: string): Received | undefined {
  if (message.headers['ce_source'] !== `/voronka/${service}`) return undefined;
  try {
    return decode(message);
  } catch (error) {
    if (error instanceof UnreadableMessage) return undefined;
    throw error;
  }
}

async function recall(database: Database, nouns: readonly Noun[], later: Later): Promise<Omit<Recalled, 'facts'>> {
  await database.query({ text: 'set constraints all deferred' });
  const counts: Record<string, { made: number; changed: number; removed: number }> = {};
  const left: { noun: string; id: string; why: string }[] = [];
  for (const noun of nouns) {
    const count = (counts[noun.name] = { made: 0, changed: 0, removed: 0 });
    for (const [id, events] of later.get(noun) ?? []) {
      const done = await database
        .savepoint(() => recallOne(database, noun, id, events))
        .catch((error: Error) => void left.push({ noun: noun.name, id, why: error.message }));
      if (done) count[done] += 1;
    }
  }
  return { nouns: counts, left };
}

async function recallOne(
  database: Database,
  { table, type, field }: Noun,
  id: string,
  events: readonly Received[],
): Promise<'made' | 'changed' | 'removed' | undefined> {
  const text = `select ${table.selection} from "${table.name}" t where t.id = $1 for update`;
  const [found] = (await database.query<Record<string, unknown>>({ text, values: [id] })).rows;
  const last = events.at(-1)!;
  if (eventOf(last.type)?.erases) {
    if (!found) return undefined;
    await database.query({ text: `delete from "${table.name}" where id = $1`, values: [id] });
    return 'removed';
  }
  const row = found ?? born(events[0]!, (type as Recallable).recalled?.(last.occurredAt));
  for (const { data } of events) {
    const { [field]: state, ...facts } = data as Record<string, object>;
    Object.assign(row, facts, state);
  }
  Object.assign(row, { version: last.aggregateVersion, updatedAt: last.recordedAt });
  await database.query({ text: found ? table.update : table.insert, values: [asRows(table, [row])] });
  return found ? 'changed' : 'made';
}

const UUID = /^[0-9a-f]{8}-[0-9a-f-]{27}$/;

/** What the first event says of a record beside its state. By which name another system knows it, no event says. */
const born = ({ subject: id, occurredAt, actor }: Received, more: object = {}): Record<string, unknown> => ({
  ...{ id, createdAt: occurredAt, createdBy: UUID.test(actor) ? actor : null },
  ...more,
});
