import type { Span, Tracer } from '@voronka/messaging';

/** The traces that a process takes part in. */
export interface Traces extends Tracer {
  /** The span in which a request from outside begins, beneath the caller's where he named one. */
  arrive(name: string, parent: string | null): Request;
  /** Sends what is left. */
  stop(): Promise<void>;
}

/** A span that gets its name when it is known what was asked. */
export interface Request extends Span {
  end(fault?: string, name?: string): void;
}

const SAMPLED = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f][13579bdf]$/;

/** Whether a traceparent is one, and says that its trace is taken down. */
export const isSampled = (traceparent: string): boolean => SAMPLED.test(traceparent);

/** The same trace, not taken down. */
export const unsampled = (traceparent: string): string => `${traceparent.slice(0, -2)}00`;
