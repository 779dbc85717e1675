import { isUtf8 } from 'node:buffer';
import type { TopicDeclaration } from '@voronka/contracts';
import type { IncomingMessage, OutgoingMessage } from './broker.js';
import { codeOf, sentenceOf, storable, type Failure } from './failure.js';
import { recordOf } from './records.js';

/** Bytes of a copy at most: Kafka takes 1 MiB, and a copy that no broker takes would stop the outbox. */
const LIMIT = 1000 * 1024;

const SUFFIX = '.dlq';
export const deadLetterTopic = (topic: string, group: string): string => `${topic}.${group}${SUFFIX}`;
export const isDeadLetterTopic = (topic: string): boolean => topic.endsWith(SUFFIX);

/** Few letters come, and they are kept until somebody has looked. */
export const deadLetterDeclaration = (name: string): TopicDeclaration => ({
  name,
  description: 'Copies of events that this group could not handle.',
  partitions: 1,
  cleanup: 'delete',
  retention: -1,
});

/**
 * The copy of a message that was tried for the last time: as it came, its event id unchanged, with where it came from
 * and why it failed in `dlq_*` headers. The whole of it is in `parked_event`, from where it is replayed.
 *
 * `dlq_value` tells where the value is not the original text: `base64` where it is none, `omitted` where the copy would
 * be too large. `dlq_repeated` names headers that came more than once; they are JSON lists here.
 */
export function deadLetter(
  message: IncomingMessage,
  failure: Failure,
  { group, parkedAt, now }: { group: string; parkedAt: Date; now: Date },
): OutgoingMessage {
  const { error } = failure;
  const about = {
    dlq_topic: message.topic,
    dlq_partition: String(message.partition),
    dlq_offset: String(message.offset),
    dlq_group: group,
    dlq_error: error instanceof Error ? error.name : typeof error,
    dlq_code: codeOf(error),
    dlq_message: sentenceOf(error),
    dlq_kind: failure.kind,
    dlq_attempts: String(failure.attempts),
    dlq_parked_at: parkedAt.toISOString(),
    dlq_dead_at: now.toISOString(),
  };
  const copy = { topic: deadLetterTopic(message.topic, group), key: storable(message.key ?? recordOf(message)) };
  const { text, encoding } = textOf(message.value);
  const headers = { ...single(message.headers), ...about, ...(encoding && { dlq_value: encoding }) };
  if (sizeOf(copy.key, headers, text) <= LIMIT) return { ...copy, headers, value: text };
  const without = { ...headers, dlq_value: 'omitted' };
  if (sizeOf(copy.key, without, null) <= LIMIT) return { ...copy, headers: without, value: null };
  return { ...copy, key: recordOf(message), headers: { ...about, dlq_value: 'omitted' }, value: null };
}

/** What a dead letter tells. */
export interface Letter {
  /** The message as it came; its value is null as well where the letter was not to hold it. */
  readonly original: IncomingMessage;
  readonly omitted: boolean;
  readonly group: string;
  readonly code: string;
  readonly sentence: string;
  readonly attempts: number;
  readonly parkedAt: Date;
  readonly deadAt: Date;
}

/** Reads a letter back; undefined where the message is none, for anybody may write to a topic. */
export function letterFrom({ key, headers, value }: IncomingMessage): Letter | undefined {
  const text = (name: string) => (typeof headers[name] === 'string' ? headers[name] : '');
  const whole = (name: string) => (/^\d{1,15}$/.test(text(name)) ? Number(text(name)) : NaN);
  const [parkedAt, deadAt] = [new Date(text('dlq_parked_at')), new Date(text('dlq_dead_at'))];
  const place = { topic: text('dlq_topic'), partition: whole('dlq_partition'), offset: whole('dlq_offset') };
  const attempts = whole('dlq_attempts');
  if (!place.topic || [place.partition, place.offset, attempts, +parkedAt, +deadAt].some(Number.isNaN))
    return undefined;
  const original = { ...place, key, headers: originals(headers), value: bytes(value, text('dlq_value')) };
  return {
    // The key of a message without one is its record, of which it is the only event.
    original: key === recordOf({ ...original, key: null }) ? { ...original, key: null } : original,
    omitted: text('dlq_value') === 'omitted',
    ...{ group: text('dlq_group'), code: text('dlq_code'), sentence: text('dlq_message') },
    ...{ attempts, parkedAt, deadAt },
  };
}

function originals(headers: IncomingMessage['headers']): IncomingMessage['headers'] {
  const repeated = new Set(String(headers['dlq_repeated'] ?? '').split(' '));
  const own = Object.entries(headers).filter(([name]) => !name.startsWith('dlq_'));
  return Object.fromEntries(own.map(([name, value]) => [name, repeated.has(name) ? listOf(value) : value]));
}

function listOf(value: string | string[]): string | string[] {
  try {
    const list: unknown = JSON.parse(String(value));
    return Array.isArray(list) ? list.map(String) : value;
  } catch {
    return value;
  }
}

const bytes = (value: Buffer | null, encoding: string): Buffer | null =>
  value !== null && encoding === 'base64' ? Buffer.from(value.toString(), 'base64') : value;

function single(headers: IncomingMessage['headers']): Record<string, string> {
  const repeated = Object.keys(headers).filter((name) => typeof headers[name] !== 'string');
  const all = Object.entries(headers).map(([name, value]) => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  return { ...Object.fromEntries(all), ...(repeated.length > 0 && { dlq_repeated: repeated.join(' ') }) };
}

function textOf(value: Buffer | null): { text: string | null; encoding?: string } {
  if (value === null) return { text: null };
  // PostgreSQL's text, in the outbox and in the log, holds no NUL.
  if (isUtf8(value) && !value.includes(0)) return { text: value.toString('utf8') };
  return { text: value.toString('base64'), encoding: 'base64' };
}

const sizeOf = (key: string, headers: object, value: string | null): number =>
  Buffer.byteLength(key) + Buffer.byteLength(JSON.stringify(headers)) + Buffer.byteLength(value ?? '');
