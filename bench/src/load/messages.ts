import { headersOf, type OutgoingMessage, type RecordedEvent } from '@voronka/messaging';
import { v7 as uuid } from 'uuid';

/** An event as it stands on its topic, for topics that are filled without a database. */
export function messageOf(
  event: RecordedEvent,
  service: string,
): OutgoingMessage & { readonly headers: Record<string, string> } {
  const { declaration, recordId, data, actor } = event;
  const context = event.context ?? { correlationId: uuid(), causationId: null, traceparent: null, actor };
  return {
    topic: declaration.topic,
    key: recordId,
    headers: headersOf(uuid(), event, service, context),
    value: JSON.stringify(data),
  };
}
