import { AsyncLocalStorage } from 'node:async_hooks';
import type { Received } from '@voronka/contracts';
import { v7 as uuid } from 'uuid';

/** What links an event to what led to it. It travels with the call, from the door to the outbox. */
export interface MessageContext {
  /** One per request of a person or a program; every event that follows from it carries the same. */
  readonly correlationId: string;
  /** The id of the event being handled, null where a person or a timer began. */
  readonly causationId: string | null;
  /** W3C trace context, as the caller sent it. */
  readonly traceparent: string | null;
  /** The id of a user, or `system` or `system:<service>`. */
  readonly actor: string;
}

const storage = new AsyncLocalStorage<MessageContext>();

export const context = {
  run<T>(value: MessageContext, work: () => T): T {
    return storage.run(value, work);
  },
  /** The context of this call. Outside of any: a fresh correlation id, and the actor `system`. */
  get(): MessageContext {
    return storage.getStore() ?? { correlationId: uuid(), causationId: null, traceparent: null, actor: 'system' };
  },
  /** Undefined outside of any. */
  current(): MessageContext | undefined {
    return storage.getStore();
  },
};

/** The context of what follows from an event. A reaction runs in it; a projection, which is given many, names it with each event it writes. */
export const causedBy = ({ correlationId, id: causationId, actor, traceparent }: Received): MessageContext => ({
  correlationId,
  causationId,
  traceparent,
  actor,
});
