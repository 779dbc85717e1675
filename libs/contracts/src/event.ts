import { z } from 'zod';

/**
 * How an event is declared. From one declaration come its TypeScript type, the check before it is published, its JSON
 * Schema and its entry in the AsyncAPI document. Names on the wire are literals and never change.
 */
export interface EventDeclaration<Data = unknown> {
  /** The name on the wire, past tense: `crm.lead.converted`. */
  readonly type: string;
  readonly version: number;
  readonly noun: string;
  /** `crm.lead.events`, before any organisation's prefix. */
  readonly topic: string;
  readonly description: string;
  readonly schema: z.ZodType<Data>;
}

/** The data of a declared event. */
export type DataOf<D> = D extends EventDeclaration<infer Data> ? Data : never;

/** What the fields of a record were and became: `{ ownerId: { from, to } }`. */
export const Changes = z.record(z.string(), z.object({ from: z.unknown(), to: z.unknown() }));
export type Changes = z.infer<typeof Changes>;

/** A topic and how its log is kept. Event topics keep everything: a new reader can start from the beginning. */
export interface TopicDeclaration {
  readonly name: string;
  readonly description: string;
  readonly partitions: number;
}

const declared = new Map<string, EventDeclaration>();
const topics = new Map<string, TopicDeclaration>();

/** Every declared event, in order of declaration. */
export const allEvents = (): readonly EventDeclaration[] => [...declared.values()];
/** Every declared topic, in order of declaration. */
export const allTopics = (): readonly TopicDeclaration[] => [...topics.values()];
export const eventOf = (type: string): EventDeclaration | undefined => declared.get(type);

const camel = (kebab: string) => kebab.replace(/-(\w)/g, (_, c: string) => c.toUpperCase());
type Camel<S extends string> = S extends `${infer A}-${infer B}` ? `${A}${Capitalize<Camel<B>>}` : S;

/**
 * Declares a noun: its topic and the public state that each of its events carries (the state after the change), under
 * the noun's own name, beside `changes` and the event's own facts.
 */
export function noun<const N extends string, S extends z.ZodObject>(
  name: N,
  description: string,
  state: S,
  { partitions = 6, kind = 'events' }: { partitions?: number; kind?: 'events' | 'facts' } = {},
) {
  const topic = `crm.${name}.${kind}`;
  topics.set(topic, { name: topic, description, partitions });
  return {
    name,
    topic,
    state,
    /** Declares `crm.<noun>.<what>`; `facts` are the event's own fields. A duplicate name is a programming error and throws. */
    event<F extends z.ZodRawShape = {}>(what: string, eventDescription: string, facts: F = {} as F, version = 1) {
      const type = `crm.${name}.${what}`;
      if (declared.has(type)) throw new Error(`${type} is declared twice`);
      const schema = z.strictObject({ [camel(name)]: state, changes: Changes.optional(), ...facts });
      type Data = { [K in Camel<N>]: z.infer<S> } & { changes?: Changes } & { [K in keyof F]: z.infer<F[K]> };
      const declaration = {
        type,
        version,
        noun: name,
        topic,
        description: eventDescription,
        schema: schema as unknown as z.ZodType<Data>,
      };
      declared.set(type, declaration);
      return declaration;
    },
  };
}

/** An event as its reader gets it: the CloudEvents attributes and the data. Times are RFC 3339 in UTC. */
export interface Received<Data = unknown> {
  readonly id: string;
  readonly type: string;
  readonly version: number;
  readonly topic: string;
  /** The record's id, which is also the key on the topic. */
  readonly subject: string;
  /** The record's version after this event: 1, 2, 3 … without a gap. */
  readonly aggregateVersion: number;
  readonly actor: string;
  readonly correlationId: string;
  readonly causationId: string | null;
  readonly traceparent: string | null;
  /** When it happened in the business. */
  readonly occurredAt: Date;
  /** When Voronka recorded it. */
  readonly recordedAt: Date;
  readonly data: Data;
}
/** What the handler of a declared event receives. */
export type ReceivedOf<D> = Received<DataOf<D>>;
