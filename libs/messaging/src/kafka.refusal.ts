import { causesOf } from '@voronka/contracts';
import { Refused } from './broker.js';

/** What Kafka answers about a topic or what is sent to it. What is not named here says nothing about a single topic. */
const ABOUT_A_TOPIC = new Set([
  'UNKNOWN_TOPIC_OR_PARTITION',
  'INVALID_TOPIC_EXCEPTION',
  'TOPIC_AUTHORIZATION_FAILED',
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'INVALID_RECORD',
  'INVALID_TIMESTAMP',
  'CORRUPT_MESSAGE',
  'UNSUPPORTED_FOR_MESSAGE_FORMAT',
  'LEADER_NOT_AVAILABLE',
  'NOT_LEADER_FOR_PARTITION',
  'REPLICA_NOT_AVAILABLE',
  'NOT_ENOUGH_REPLICAS',
  'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
  'KAFKA_STORAGE_ERROR',
]);
/** Of those, what is so of single messages. A message that cannot be encoded is no better. */
const OF_A_MESSAGE = new Set([
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'INVALID_RECORD',
  'INVALID_TIMESTAMP',
  'CORRUPT_MESSAGE',
]);

interface KafkaError extends Error {
  readonly type?: string;
  readonly topic?: string;
  readonly errors?: readonly KafkaError[];
}

/** An error of a send as Refused where the broker has answered about a topic; any other as it is. */
export function sendError(error: unknown): unknown {
  const { name, message, type } = innermost(error);
  if (name === 'TypeError') return new Refused(message, true);
  if (type !== undefined && ABOUT_A_TOPIC.has(type))
    return new Refused(`${type}: ${message}`, OF_A_MESSAGE.has(type), type);
  return error;
}

/** An error of making topics as Refused, naming them, where the broker has answered about some. */
export function makeError(error: unknown): unknown {
  const refused = (causesOf(error) as KafkaError[]).filter(
    ({ name, type }) => name === 'KafkaJSCreateTopicError' && type !== 'TOPIC_ALREADY_EXISTS',
  );
  const [first] = refused;
  if (!first) return error;
  return new Refused(
    `${first.type}: ${first.message} (${refused.map(({ topic }) => topic).join(', ')})`,
    false,
    first.type,
  );
}

/** kafkajs wraps what it gave up on, and lists what it asked for at once. */
function innermost(error: unknown): KafkaError {
  let inner = error as KafkaError;
  for (;;) {
    const next =
      inner.errors?.find((one) => one.type !== 'TOPIC_ALREADY_EXISTS') ?? (inner.type ? undefined : inner.cause);
    if (!(next instanceof Error)) return inner;
    inner = next;
  }
}
