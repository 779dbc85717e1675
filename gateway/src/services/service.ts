import type { GraphQLDataSource } from '@apollo/gateway';
import type { GraphQLFormattedError } from 'graphql';
import { formatted, refuse } from '../graph/refusal.js';
import type { GatewayContext } from '../graph/context.js';
import { anonymous } from '../identity/asker.js';
import type { InternalTokens } from '../identity/internal-tokens.js';
import type { Logger } from '@voronka/service-kit/process';
import type { Poster } from './http.js';
import { NoAnswer } from './http.js';

type Call = Parameters<GraphQLDataSource<GatewayContext>['process']>[0];
type Asked = Pick<Call['request'], 'query' | 'variables' | 'operationName'>;
type AskedIn = Omit<GatewayContext, 'progress'>;
export type Result = Awaited<ReturnType<GraphQLDataSource['process']>>;

/**
 * One service as the gateway's plans see it. What goes along with a call is made here and nothing else: who asks, signed
 * for this service, from where a stranger does, and the correlation id. An answer that does not come is an error of its part, not of the whole.
 */
export class Service implements GraphQLDataSource<GatewayContext> {
  constructor(
    private readonly name: string,
    private readonly url: URL,
    /** The longest a call may take, in milliseconds. */
    private readonly timeoutMs: number,
    private readonly poster: Poster,
    private readonly tokens: InternalTokens,
    private readonly logger: Logger,
  ) {}

  process({ request, context }: Call): Promise<Result> {
    return this.ask(request, context as GatewayContext);
  }

  async ask({ query, variables, operationName }: Asked, context: AskedIn): Promise<Result> {
    const { asker, client, correlationId, traceparent, deadline, writes } = context;
    const timeoutMs = Math.min(this.timeoutMs, deadline - Date.now());
    if (timeoutMs <= 0) return { errors: [this.unavailable(new NoAnswer('timeout', false), writes)] };
    const headers: Record<string, string> = {
      'content-type': 'application/json',
      accept: 'application/json',
      authorization: `Bearer ${await this.tokens.sign(asker, this.name)}`,
      'x-correlation-id': correlationId,
    };
    // A session remembers who began it. Of who is signed in no service need know where he is.
    if (asker === anonymous) Object.assign(headers, clientHeaders(client));
    if (traceparent !== null) headers['traceparent'] = traceparent;
    try {
      const body = JSON.stringify({ query, variables, operationName });
      const { status, text } = await this.poster.post({ url: this.url, headers, body, timeoutMs, repeat: !writes });
      const result = resultIn(text);
      if (result) return result;
      this.logger.error({ service: this.name, status, correlationId }, 'A service gave an answer that is not GraphQL');
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      this.logger.warn(
        { service: this.name, reason: error.reason, correlationId, err: error.cause },
        'A service gave no answer',
      );
      return { errors: [this.unavailable(error, writes)] };
    }
    return { errors: [this.unavailable(new NoAnswer('broken', true), writes)] };
  }

  private unavailable({ reason, sent }: NoAnswer, writes: boolean): GraphQLFormattedError {
    if (reason === 'too-large') {
      const message = `The answer of the ${this.name} service is too large to pass on. Ask for fewer records at a time.`;
      return formatted(refuse('UNAVAILABLE', message));
    }
    const said =
      reason === 'timeout'
        ? `The ${this.name} service took too long to answer.`
        : `The ${this.name} service is not available at the moment.`;
    const hint =
      writes && sent
        ? 'What you asked for may have been done: look before you repeat it. A create with the same id is safe to repeat.'
        : 'Try again in a moment.';
    return formatted(refuse('UNAVAILABLE', said, { hint }));
  }
}

const clientHeaders = ({ address, userAgent }: GatewayContext['client']) => ({
  'x-client-address': address,
  ...(userAgent !== null && { 'user-agent': userAgent }),
});

/** The GraphQL result in an answer's text, or null when it is none. */
function resultIn(text: string): Result | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof parsed !== 'object' || parsed === null) return null;
  const { data, errors } = parsed as Record<string, unknown>;
  if (data === undefined && !Array.isArray(errors)) return null;
  return parsed as Result;
}
