import { eventOf, newestOf, type EventDeclaration, type Received } from '@voronka/contracts';
import type { IncomingMessage } from './broker.js';
import type { MessageContext } from './context.js';

/** An event as a rule made it, before it has an id and an envelope. */
export interface RecordedEvent {
  readonly declaration: EventDeclaration;
  readonly recordId: string;
  /** The record's version after the event. */
  readonly version: number;
  readonly data: unknown;
  /** When it happened in the business. */
  readonly occurredAt: Date;
  readonly recordedAt: Date;
  /** The id of a user, or `system:<service>`. */
  readonly actor: string;
  /** Instead of the ambient context: a group commit writes the events of many callers at once. */
  readonly context?: MessageContext;
}

/** What can never become an event: no retry helps, so the message is parked at once. */
export class UnreadableMessage extends Error {
  override readonly name = 'UnreadableMessage';
  constructor(
    readonly code: 'ENVELOPE_INVALID' | 'DATA_INVALID',
    message: string,
  ) {
    super(message);
  }
}

/** The CloudEvents 1.0 attributes in Kafka's binary mode: `ce_*` headers, all lower case, all strings. */
export function headersOf(
  id: string,
  event: RecordedEvent,
  service: string,
  ctx: MessageContext,
): Record<string, string> {
  const { declaration } = event;
  return {
    ce_specversion: '1.0',
    ce_id: id,
    ce_source: `/voronka/${service}`,
    ce_type: declaration.type,
    ce_time: event.occurredAt.toISOString(),
    ce_subject: event.recordId,
    ce_dataschema: `urn:voronka:event:${declaration.type}:${declaration.version}`,
    'content-type': 'application/json',
    ce_eventversion: String(declaration.version),
    ce_aggregateversion: String(event.version),
    ce_actor: event.actor,
    ce_correlationid: ctx.correlationId,
    ...(ctx.causationId ? { ce_causationid: ctx.causationId } : {}),
    ...(ctx.traceparent ? { ce_traceparent: ctx.traceparent } : {}),
    ce_recordedat: event.recordedAt.toISOString(),
  };
}

/** The type a message claims, or undefined where it claims none: enough to know whether anyone here wants it. */
export const typeOf = (message: Pick<IncomingMessage, 'headers'>): string | undefined =>
  one(message.headers, 'ce_type');

/** The event's id, or undefined where there is no proper one. */
export function eventIdOf(message: Pick<IncomingMessage, 'headers'>): string | undefined {
  const id = one(message.headers, 'ce_id');
  return id !== undefined && UUID.test(id) ? id : undefined;
}

/**
 * The event in a message, read tolerantly, as its newest version: what the schema does not know is dropped. Throws UnreadableMessage for a
 * missing or repeated attribute, a key that is not the subject, a value that is not JSON or does not fit the schema.
 */
export function decode(message: IncomingMessage): Received {
  const envelope = envelopeOf(message);
  const { type, version } = envelope;
  const declaration = eventOf(type);
  if (!declaration) throw new UnreadableMessage('ENVELOPE_INVALID', `The type ${type} is not declared.`);
  const written = eventOf(type, version);
  if (!written) {
    throw new UnreadableMessage(
      'DATA_INVALID',
      `${type} is read up to version ${declaration.version}, not ${version}.`,
    );
  }
  const data = newestOf(written, dataOf(written, jsonOf(message)));
  // Written into, not copied: this is done for every event that arrives.
  return Object.assign(envelope, { version: declaration.version, data });
}

/** What a message says of its event beside the data; `version` is the one it was written in, which need not be known here. Throws as `decode` does. */
export function envelopeOf(message: IncomingMessage): Omit<Received, 'data'> {
  const { headers } = message;
  const id = eventIdOf(message);
  if (!id) throw new UnreadableMessage('ENVELOPE_INVALID', 'Header ce_id is missing, repeated or no UUID.');
  const type = need(headers, 'ce_type');
  const subject = need(headers, 'ce_subject');
  if (need(headers, 'ce_specversion') !== '1.0')
    throw new UnreadableMessage('ENVELOPE_INVALID', 'Only CloudEvents 1.0 is read.');
  if (subject !== message.key) throw new UnreadableMessage('ENVELOPE_INVALID', 'The key is not the subject.');
  return {
    id,
    type,
    version: whole(headers, 'ce_eventversion'),
    topic: message.topic,
    subject,
    aggregateVersion: whole(headers, 'ce_aggregateversion'),
    actor: need(headers, 'ce_actor'),
    correlationId: need(headers, 'ce_correlationid'),
    causationId: one(headers, 'ce_causationid') ?? null,
    traceparent: one(headers, 'ce_traceparent') ?? null,
    occurredAt: time(headers, 'ce_time'),
    recordedAt: time(headers, 'ce_recordedat'),
  };
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

function one(headers: IncomingMessage['headers'], name: string): string | undefined {
  const value = Object.hasOwn(headers, name) ? headers[name] : undefined;
  return typeof value === 'string' ? value : undefined;
}

function need(headers: IncomingMessage['headers'], name: string): string {
  const value = one(headers, name);
  if (value === undefined) throw new UnreadableMessage('ENVELOPE_INVALID', `Header ${name} is missing or repeated.`);
  return value;
}

function whole(headers: IncomingMessage['headers'], name: string): number {
  const value = need(headers, name);
  if (!/^[1-9]\d{0,14}$/.test(value)) throw new UnreadableMessage('ENVELOPE_INVALID', `Header ${name} is no version.`);
  return Number(value);
}

function time(headers: IncomingMessage['headers'], name: string): Date {
  const value = new Date(need(headers, name));
  if (Number.isNaN(value.getTime())) throw new UnreadableMessage('ENVELOPE_INVALID', `Header ${name} is no time.`);
  return value;
}

/** The value as it came. Throws UnreadableMessage where it is no JSON. */
export function jsonOf({ value }: Pick<IncomingMessage, 'value'>): unknown {
  if (value === null) throw new UnreadableMessage('DATA_INVALID', 'The value is null.');
  try {
    return JSON.parse(value.toString('utf8')) as unknown;
  } catch {
    throw new UnreadableMessage('DATA_INVALID', 'The value is not JSON.');
  }
}

/** What a declaration knows of a value. Throws UnreadableMessage where it does not fit the schema. */
export function dataOf(declaration: EventDeclaration, json: unknown): unknown {
  const read = tolerant(declaration).safeParse(json);
  if (read.success) return read.data;
  const issue = read.error.issues[0];
  throw new UnreadableMessage(
    'DATA_INVALID',
    `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'does not fit the schema'}`,
  );
}

const readers = new WeakMap<EventDeclaration, EventDeclaration['schema']>();

/** Published schemas are closed; their readers ignore what they do not know. */
function tolerant(declaration: EventDeclaration): EventDeclaration['schema'] {
  const known = readers.get(declaration);
  if (known) return known;
  const schema = declaration.schema as EventDeclaration['schema'] & { strip?: () => EventDeclaration['schema'] };
  const reader = schema.strip ? schema.strip() : schema;
  readers.set(declaration, reader);
  return reader;
}
