import type { KafkaMessage } from 'kafkajs';
import type { IncomingMessage } from './broker.js';

/** The message as others know it. The library's is used up: its headers become texts in their place. */
export function incoming(
  { offset, key, headers: raw = {}, value, timestamp }: KafkaMessage,
  topic: string,
  partition: number,
): IncomingMessage {
  const headers = raw as Record<string, string | string[]>;
  for (const name of Object.keys(raw)) {
    const content = raw[name];
    if (typeof content !== 'string') headers[name] = Array.isArray(content) ? content.map(textOf) : textOf(content);
  }
  const message = { topic, partition, offset: Number(offset), key: key?.toString() ?? null, headers, value };
  const appendedAt = Number(timestamp);
  return appendedAt > 0 ? Object.assign(message, { appendedAt }) : message;
}

// kafkajs types no null, but the protocol has it.
const textOf = (value: Buffer | string | null | undefined): string => value?.toString() ?? '';
