import type { IncomingHttpHeaders } from 'node:http';
import type { GraphQLFormattedError } from 'graphql';
import { isSampled, unsampled, type Request, type Traces } from '@voronka/service-kit/process';
import { anonymous, type Asker } from '../identity/asker.js';
import { traceparentOf } from './context.js';

/** What a request carries on: its trace, and the span in which it is answered where the trace is taken down. */
export interface Arrived {
  readonly traceparent: string | null;
  readonly span?: Request;
}

/**
 * Decides of each request whether its trace is taken down, for all that follow from it: where somebody who is signed in
 * asks for it by the flag of his traceparent, and a share of the others. Strangers could otherwise have everything traced.
 */
export class Arrivals {
  constructor(
    private readonly traces: Traces | undefined,
    private readonly share: number,
    private readonly random = Math.random,
  ) {}

  /** Without traces a client's trace context is passed on as it came. */
  arrive(headers: IncomingHttpHeaders, asker: Asker): Arrived {
    const given = traceparentOf(headers);
    if (!this.traces) return { traceparent: given };
    const asked = given !== null && asker !== anonymous && isSampled(given);
    if (!asked && this.random() >= this.share) return { traceparent: given && unsampled(given) };
    const span = this.traces.arrive('request', given);
    return { traceparent: span.traceparent, span };
  }
}

/** The code of an answer's first error, which is all that a span says of it. */
export const codeIn = ({ errors }: { errors?: readonly GraphQLFormattedError[] | undefined }): string | undefined =>
  errors?.[0] && String(errors[0].extensions?.['code'] ?? 'INTERNAL');
