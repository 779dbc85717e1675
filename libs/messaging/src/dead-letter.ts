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
