import { isOfStates, placeName, type Raw } from './log.js';

/** A line of the clients' history. */
export interface Write {
  verb: string;
  noun: string;
  id: string;
  externalId?: string;
  correlation: string;
  outcome: 'acknowledged' | 'refused' | 'unknown';
  version?: number;
}

/** A message of a topic, in the order of its partition. */
export interface Event {
  id: string;
  type: string;
  noun: string;
  key: string;
  version: number;
  correlation: string;
  time: string;
  /** When its service wrote it down. */
  recordedAt?: string;
  place: string;
  /** The record's state after the change. */
  state: Record<string, unknown>;
  data: Record<string, unknown>;
}

/** A message of a topic of states, in the order of its partition. */
export interface State {
  /** Of the event it is made from. */
  id: string;
  noun: string;
  key: string;
  version: number;
  place: string;
  /** Null once the record is gone. */
  state: Record<string, unknown> | null;
}

export type Row = Record<string, unknown>;

/** All the checker knows: what clients were told, what lies in the databases, what was published. */
export interface Evidence {
  writes: Write[];
  /** Every message in order of its partition; what came again comes again here. */
  messages: Event[];
  /** Every message of the topics of states that there still is. */
  states: State[];
  /** The first coming of each event, in the same order. */
  events: Event[];
  /** First comings by noun and record, in order. */
  byRecord: Map<string, Event[]>;
  table(service: string, name: string): Row[];
}

export function evidenceOf(
  { messages, states }: Told,
  rows: ReadonlyMap<string, Row[]>,
  writes: Write[] = [],
): Evidence {
  const seen = new Set<string>();
  const events = messages.filter(({ id }) => !seen.has(id) && seen.add(id));
  const byRecord = new Map<string, Event[]>();
  for (const event of events) {
    const name = recordName(event.noun, event.key);
    const list = byRecord.get(name);
    if (list) list.push(event);
    else byRecord.set(name, [event]);
  }
  for (const [name, list] of byRecord) byRecord.set(name, joined(list));
  const table = (service: string, name: string): Row[] => {
    const found = rows.get(`${service}.${name}`);
    if (!found) throw new Error(`The table ${service}.${name} was not read.`);
    return found;
  };
  return { writes, messages, states, events, byRecord, table };
}

export const recordName = (noun: string, key: string): string => `${noun} ${key}`;

/** Where a topic was given more partitions, a record went on in another one: what is in one of them keeps its order. */
function joined(events: Event[]): Event[] {
  const partitionOf = ({ place }: Event): string => place.slice(0, place.indexOf('@'));
  const partitions = [...new Set(events.map(partitionOf))];
  if (partitions.length < 2) return events;
  const parts = partitions.map((partition) => events.filter((event) => partitionOf(event) === partition));
  return parts.sort(([a], [b]) => (a?.version ?? 0) - (b?.version ?? 0)).flat();
}

/** What lies on the topics, as it is read. */
export class Told {
  readonly messages: Event[] = [];
  readonly states: State[] = [];

  /** Answers whether a service of ours has published the message. */
  take(message: Raw): boolean {
    const state = isOfStates(message.topic) ? stateOf(message) : undefined;
    const event = isOfStates(message.topic) ? undefined : eventOf(message);
    if (state) this.states.push(state);
    if (event) this.messages.push(event);
    return state !== undefined || event !== undefined;
  }
}

function stateOf({ topic, partition, offset, key, headers, value }: Raw): State | undefined {
  const header = (name: string): string => (typeof headers[name] === 'string' ? headers[name] : '');
  const state = value === null ? null : objectIn(value);
  const [id, version] = [header('ce_id'), Number(header('ce_aggregateversion'))];
  const ours = header('ce_source').startsWith('/voronka/') && header('ce_type') === topic && id && version > 0;
  if (!ours || state === undefined) return undefined;
  return {
    id,
    version,
    state,
    noun: topic.split('.')[1] ?? '',
    key: key ?? '',
    place: `${placeName(topic, partition)}@${offset}`,
  };
}

/** The event in a message; undefined where it is none that a service of ours has published. */
function eventOf({ topic, partition, offset, key, headers, value }: Raw): Event | undefined {
  const header = (name: string): string => (typeof headers[name] === 'string' ? headers[name] : '');
  const noun = topic.split('.')[1] ?? '';
  const data = objectIn(value);
  const state = data?.[noun.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())];
  const event = { id: header('ce_id'), type: header('ce_type'), version: Number(header('ce_aggregateversion')) };
  const ours = header('ce_source').startsWith('/voronka/') && event.id && event.type && event.version > 0;
  if (!ours || !data || typeof state !== 'object' || state === null) return undefined;
  return {
    ...event,
    ...{ noun, data, state: state as Record<string, unknown>, key: key ?? '' },
    place: `${placeName(topic, partition)}@${offset}`,
    correlation: header('ce_correlationid'),
    time: header('ce_time'),
    recordedAt: header('ce_recordedat'),
  };
}

function objectIn(value: string | null): Record<string, unknown> | undefined {
  try {
    const data: unknown = JSON.parse(value ?? '');
    return typeof data === 'object' && data !== null ? (data as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
