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
  /** From version 2 on: the version before this, and how its data read as this one's. */
  readonly former?: EventDeclaration;
  readonly upcast?: (former: unknown) => Data;
  /** The state that its data carry, as the noun's topic of states has it; facts have none. */
  readonly state?: StateDeclaration;
  /** The record is gone with this event: the topic of states keeps nothing of it. */
  readonly erases?: boolean;
}

/**
 * The newest public state of a record alone, under its id on a topic that keeps the newest message of each key; null
 * once the record is gone. Nobody announces it: it is made from the noun's events. Where the version of an event has a
 * state of its own, so has the topic, as its next version.
 */
export interface StateDeclaration extends EventDeclaration {
  /** The topic of the events it is made from. */
  readonly events: string;
  /** Under which name those carry it. */
  readonly field: string;
}

/** The data of a declared event. */
export type DataOf<D> = D extends EventDeclaration<infer Data> ? Data : never;

/** What the fields of a record were and became: `{ ownerId: { from, to } }`. */
export const Changes = z.record(z.string(), z.object({ from: z.unknown(), to: z.unknown() }));
export type Changes = z.infer<typeof Changes>;

/** A topic and how its log is kept. Topics of events and facts keep everything: a new reader can start from the beginning. */
export interface TopicDeclaration {
  readonly name: string;
  readonly description: string;
  readonly partitions: number;
  /** `delete` drops what is older than the retention; `compact` keeps the newest message of each key. */
  readonly cleanup: 'delete' | 'compact';
  /** Milliseconds that messages are kept; -1 is for ever. */
  readonly retention: number;
}

/** By type, the versions in their order: the version n stands at n − 1. */
const declared = new Map<string, EventDeclaration[]>();
const topics = new Map<string, TopicDeclaration>();
/** By noun, the versions of its state in their order. */
const states = new Map<string, StateDeclaration[]>();

/** Every version of every declared event, in order of declaration. */
export const allEvents = (): readonly EventDeclaration[] => [...declared.values()].flat();
/** Every declared topic, in order of declaration. */
export const allTopics = (): readonly TopicDeclaration[] => [...topics.values()];
/** Every version of every noun's state, in order of declaration. */
export const allStates = (): readonly StateDeclaration[] => [...states.values()].flat();
/** The newest version of the state of a noun's records; undefined for facts. */
export const stateOf = (noun: string): StateDeclaration | undefined => states.get(noun)?.at(-1);
/** The newest version of an event, or the one asked for. */
export function eventOf(type: string, version?: number): EventDeclaration | undefined {
  const versions = declared.get(type);
  return version === undefined ? versions?.at(-1) : versions?.[version - 1];
}

/** What was written as `written`, as its newest version: each version's upcast in turn. */
export function newestOf(written: EventDeclaration, data: unknown): unknown {
  const later = (declared.get(written.type) ?? []).slice(written.version);
  return later.reduce((as, { upcast }) => (upcast ? upcast(as) : as), data);
}

const camel = (kebab: string) => kebab.replace(/-(\w)/g, (_, c: string) => c.toUpperCase());
type Camel<S extends string> = S extends `${infer A}-${infer B}` ? `${A}${Capitalize<Camel<B>>}` : S;

/** Declares the topic of a noun's states. Answers the version that has this schema: the next one where it is new. */
function declareStates(noun: string, description: string, partitions: number, events: string) {
  const topic = `crm.${noun}.state`;
  const about = { type: topic, noun, topic, description: `The newest state of each record. ${description}` };
  topics.set(topic, { name: topic, description: about.description, partitions, cleanup: 'compact', retention: -1 });
  const versions: StateDeclaration[] = [];
  states.set(noun, versions);
  return (schema: z.ZodObject): StateDeclaration => {
    const known = versions.find((declaration) => declaration.schema === schema);
    if (known) return known;
    const declaration = { ...about, version: versions.length + 1, schema, events, field: camel(noun) };
    versions.push(declaration);
    return declaration;
  };
}

/**
 * Declares a noun: its topic, the public state that each of its events carries (the state after the change), under the
 * noun's own name, beside `changes` and the event's own facts, and a second topic with the newest of those states alone.
 * Facts and entries are not states of a record, and have one topic; of entries, which others keep, it is kept for `retention`
 * milliseconds.
 */
export function noun<const N extends string, S extends z.ZodObject>(
  name: N,
  description: string,
  state: S,
  {
    partitions = 6,
    kind = 'events',
    retention = -1,
  }: { partitions?: number; kind?: 'events' | 'facts' | 'entries'; retention?: number } = {},
) {
  const topic = `crm.${name}.${kind}`;
  topics.set(topic, { name: topic, description, partitions, cleanup: 'delete', retention });
  const stateAs = kind === 'events' ? declareStates(name, description, partitions, topic) : (): undefined => undefined;
  const whole = stateAs(state);
  type Data<St extends z.ZodObject, F extends z.ZodRawShape> = { [K in Camel<N>]: z.infer<St> } & {
    changes?: Changes;
  } & { [K in keyof F]: z.infer<F[K]> };
  const schemaOf = <St extends z.ZodObject, F extends z.ZodRawShape>(of: St, facts: F) =>
    z.strictObject({ [camel(name)]: of, changes: Changes.optional(), ...facts }) as unknown as z.ZodType<Data<St, F>>;
  return {
    name,
    topic,
    state,
    /**
     * Declares `crm.<noun>.<what>`; `facts` are the event's own fields, and `erases` says that the record is gone with it. A
     * duplicate name is a programming error and throws.
     */
    event<F extends z.ZodRawShape = {}>(
      what: string,
      eventDescription: string,
      facts: F = {} as F,
      { erases = false }: { erases?: boolean } = {},
    ) {
      const type = `crm.${name}.${what}`;
      if (declared.has(type) || type === whole?.type) throw new Error(`${type} is declared twice`);
      const declaration = {
        type,
        version: 1,
        noun: name,
        topic,
        description: eventDescription,
        schema: schemaOf(state, facts),
        ...(whole && { state: whole }),
        ...(erases && { erases }),
      };
      declared.set(type, [declaration]);
      return declaration;
    },
    /**
     * Declares the version after `former`, for a change that is not just an optional addition. Both stay declared: the
     * topic keeps what was written. `upcast` makes the former version's data into this one's, and whoever handles the
     * event receives this version, however it was written. A handler therefore names the newest declaration; a producer
     * goes on writing the former until every reader knows this one (docs/decisions/0007-contracts-stay-compatible.md).
     * Throws where `former` is not the newest version of an event of this noun.
     */
    nextVersion<Former, F extends z.ZodRawShape = {}, St extends z.ZodObject = S>(
      former: EventDeclaration<Former>,
      { facts = {} as F, state: next = state as unknown as St, ...more }: NextVersion<F, St>,
      upcast: (data: Former) => NoInfer<Data<St, F>>,
    ) {
      const formers = declared.get(former.type);
      if (former.noun !== name || formers?.at(-1) !== former)
        throw new Error(`${former.type} v${former.version} is not the newest version of an event of ${name}`);
      const nextState = stateAs(next);
      const declaration = {
        ...former,
        description: more.description ?? former.description,
        version: former.version + 1,
        schema: schemaOf(next, facts),
        former,
        upcast: (data: unknown) => upcast(data as Former),
        ...(nextState && { state: nextState }),
      };
      formers.push(declaration);
      return declaration;
    },
  };
}

/** What a later version has: its own facts, and its own state and description where they are not the noun's and the former's. */
export interface NextVersion<F extends z.ZodRawShape, St extends z.ZodObject> {
  readonly facts?: F;
  readonly state?: St;
  readonly description?: string;
}

/** An event as its reader gets it: the CloudEvents attributes and the data. Times are RFC 3339 in UTC. */
export interface Received<Data = unknown> {
  readonly id: string;
  readonly type: string;
  /** The version of `data`: the newest one declared, whichever was written. */
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
