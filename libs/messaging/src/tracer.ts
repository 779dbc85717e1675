import { context } from './context.js';

/** What a span says beside its name: ids, topics, names of operations and events. Never personal data. */
export type About = Readonly<Record<string, string | number>>;

/** The part that something has in another's work: `server` answers, `client` asks, `producer` publishes, `consumer` takes in. */
export type Role = 'internal' | 'server' | 'client' | 'producer' | 'consumer';

/** A stretch of work in a trace. */
export interface Span {
  /** The W3C trace context that names it, for whatever follows from it, here or in another process. */
  readonly traceparent: string;
  /** It is over; `fault` is the code or name of what went wrong, never a sentence, for those may quote people's words. */
  end(fault?: string): void;
}

/**
 * Takes down where the time of a request goes. Whether that is done is decided once, where the request comes in, and its
 * traceparent says so to everybody else. Absent where nobody wants traces.
 */
export interface Tracer {
  /** Begins a span beneath the one that `parent` names; undefined where that trace is not taken down. */
  begin(name: string, parent: string | null, role?: Role, about?: About): Span | undefined;
}

/** Does the work in a span beneath that of the present context, and what follows from the work is beneath this one. */
export async function inSpan<T>(
  tracer: Tracer | undefined,
  { name, role, about }: { name: string; role?: Role; about?: About },
  work: () => Promise<T>,
): Promise<T> {
  if (!tracer) return work();
  const here = context.get();
  const span = tracer.begin(name, here.traceparent, role, about);
  if (!span) return work();
  return ended([span], () => context.run({ ...here, traceparent: span.traceparent }, work));
}

/** Does the work, with whose end these spans end. */
export async function ended<T>(spans: readonly Span[], work: () => Promise<T>): Promise<T> {
  try {
    const value = await work();
    for (const span of spans) span.end();
    return value;
  } catch (error) {
    for (const span of spans) span.end(faultOf(error));
    throw error;
  }
}

/** What a span says of a message. */
export const aboutMessage = (id: string, topic: string, recordId: string): About => ({
  'messaging.message.id': id,
  'messaging.destination.name': topic,
  'voronka.record.id': recordId,
});

/** What a span may say of an error. */
export const faultOf = (error: unknown): string => {
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown };
  return typeof code === 'string' ? code : typeof name === 'string' ? name : 'Error';
};
