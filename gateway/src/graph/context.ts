import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { ExecutionResult } from 'graphql';
import type { Asker } from '../identity/asker.js';

/** What a request carries through the gateway: who asks, and by which id the request is found in the logs. */
export interface GatewayContext {
  readonly asker: Asker;
  /** From where and with what he asks. */
  readonly client: { readonly address: string; readonly userAgent: string | null };
  readonly correlationId: string;
  readonly traceparent: string | null;
  /** When the answer has to be there, in milliseconds as `Date.now()`: no call to a service lasts longer. */
  readonly deadline: number;
  /** Whether the operation changes something, and so must not be sent twice. */
  writes: boolean;
  /** Shared by copies of the context. */
  readonly progress: Progress;
  /** What came of the operation, where it was executed before Apollo Server was asked. */
  readonly done?: Promise<ExecutionResult>;
}

/** How far a request has come. */
export interface Progress {
  /** Whether its errors already carry its id. */
  answered: boolean;
  /** What it is counted as. */
  operation: string;
  /** `mutation ConvertLead`, as its trace is called. */
  name?: string;
  /** Of its errors. */
  codes: readonly string[];
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** The client's correlation id where it is a UUID, else a fresh one. */
export function correlationIdOf(headers: IncomingHttpHeaders): string {
  const given = headers['x-correlation-id'];
  return typeof given === 'string' && UUID.test(given) ? given : randomUUID();
}

/** The client's W3C trace context where it is well formed. */
export function traceparentOf(headers: IncomingHttpHeaders): string | null {
  const given = headers['traceparent'];
  return typeof given === 'string' && TRACEPARENT.test(given) ? given : null;
}
