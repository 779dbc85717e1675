import type { MessageContext, OutgoingMessage } from '../src/index.js';
import { headersOf } from '../src/envelope.js';
import { newId, NoteAmended, said } from './house.js';

const nobody: MessageContext = { correlationId: 'c', causationId: null, traceparent: null, actor: 'system' };

/** A message as a producer would send it, with anything bent that a test wants bent. */
export function message(
  record: string,
  n: number,
  bent: { headers?: Record<string, string>; value?: string | null; key?: string } = {},
): OutgoingMessage {
  const event = said(record, n);
  return {
    topic: NoteAmended.topic,
    key: bent.key ?? record,
    headers: { ...headersOf(newId(), event, 'test', nobody), ...bent.headers },
    value: bent.value === undefined ? JSON.stringify(event.data) : bent.value,
  };
}
