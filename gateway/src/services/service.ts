import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import type { GraphQLDataSource } from '@apollo/gateway';
import { formatted, refusalOf, refuse, type Refusal } from '../graph/refusal.js';
import type { GatewayContext } from '../graph/context.js';
import { codeIn } from '../graph/trace.js';
import { anonymous } from '../identity/asker.js';
import type { CountCall } from '../metrics.js';
import type { InternalTokens } from '../identity/internal-tokens.js';
import type { Logger, Traces } from '@voronka/service-kit/process';
import type { Poster } from './http.js';
import { NoAnswer } from './http.js';
import { Line } from './line.js';

type Call = Parameters<GraphQLDataSource<GatewayContext>['process']>[0];
type Asked = Pick<Call['request'], 'query' | 'variables' | 'operationName'>;
type AskedIn = Omit<GatewayContext, 'progress'>;
type Who = Pick<GatewayContext, 'asker' | 'correlationId' | 'traceparent'>;
interface Refused {
  readonly status: number;
  readonly refusal: Refusal;
}
type Result = Awaited<ReturnType<GraphQLDataSource['process']>>;

/**
 * One service as the gateway's plans see it. What goes along with an operation is made here and nothing else: who asks, signed
 * for this service, from where a stranger does, and the correlation id. An answer that does not come is an error of its part, not of the whole.
 */
export class Service implements GraphQLDataSource<GatewayContext> {
  private readonly line: Line;
  private away = false;

  constructor(
    private readonly name: string,
    private readonly url: URL,
    /** The longest a call may take, in milliseconds. */
    private readonly timeoutMs: number,
    /** The longest that nothing may move in a stream, in milliseconds. */
    private readonly idleMs: number,
    private readonly poster: Poster,
    private readonly tokens: InternalTokens,
    private readonly logger: Logger,
    private readonly count: CountCall,
    private readonly traces?: Traces,
  ) {
    this.line = new Line(new URL('operations', url), poster);
  }

  /** Whether the last call found nobody. */
  get isAway(): boolean {
    return this.away;
  }

  process({ request, context }: Call): Promise<Result> {
    return this.ask(request, context as GatewayContext);
  }

  async ask(asked: Asked, context: AskedIn): Promise<Result> {
    const span = this.traces?.begin(`ask ${this.name}`, context.traceparent, 'client');
    if (!span) return this.answerOf(asked, context);
    const result = await this.answerOf(asked, { ...context, traceparent: span.traceparent });
    span.end(codeIn(result));
    return result;
  }

  private async answerOf({ query, variables, operationName }: Asked, context: AskedIn): Promise<Result> {
    const { asker, client, correlationId, traceparent, deadline, writes } = context;
    const timeoutMs = Math.min(this.timeoutMs, deadline - Date.now());
    if (timeoutMs <= 0) return { errors: [formatted(this.unavailable(new NoAnswer('timeout', false), writes))] };
    const headers = {
      ...(await this.along({ asker, correlationId, traceparent })),
      // A session remembers who began it. Of who is signed in no service need know where he is.
      ...(asker === anonymous && clientHeaders(client)),
    };
    const since = performance.now();
    const took = () => (performance.now() - since) / 1000;
    try {
      const body = JSON.stringify({ headers, query, variables, operationName });
      const { status, text } = await this.line.ask({ body, timeoutMs, repeat: !writes });
      this.count('answered', took());
      this.away = false;
      const result = resultIn(text);
      if (result) return result;
      this.logger.error({ to: this.name, status, correlationId }, 'A service gave an answer that is not GraphQL');
    } catch (error) {
      if (error instanceof NoAnswer) this.count(error.reason, took());
      return { errors: [formatted(this.unanswered(error, correlationId, writes))] };
    }
    return { errors: [formatted(this.unavailable(new NoAnswer('broken', true), writes))] };
  }

  /** A list as a whole, as the service streams it, or why not. */
  async take(list: string, search: string, who: Who): Promise<{ stream: IncomingMessage } | Refused> {
    const url = new URL(`export/${list}${search}`, this.url);
    try {
      const stream = await this.poster.open({ url, headers: await this.along(who), idleMs: this.idleMs });
      const { statusCode: status = 0 } = stream;
      if (status === 200) return { stream };
      const [error] = resultIn(await text(stream))?.errors ?? [];
      if (!error) this.logger.error({ to: this.name, status, ...who }, 'A service refused without a word');
      const extensions = { ...error?.extensions, serviceName: this.name };
      return { status, refusal: refusalOf({ message: error?.message ?? '', extensions }) };
    } catch (error) {
      return { status: 503, refusal: this.unanswered(error, who.correlationId, false) };
    }
  }

  /** What goes along with every call. */
  private async along({ asker, correlationId, traceparent }: Who): Promise<Record<string, string>> {
    return {
      authorization: `Bearer ${await this.tokens.sign(asker, this.name)}`,
      'x-correlation-id': correlationId,
      ...(traceparent !== null && { traceparent }),
    };
  }

  private unanswered(error: unknown, correlationId: string, writes: boolean): Refusal {
    if (!(error instanceof NoAnswer)) throw error;
    this.away = error.reason === 'unreachable';
    this.logger.warn(
      { to: this.name, reason: error.reason, correlationId, err: error.cause },
      'A service gave no answer',
    );
    return this.unavailable(error, writes);
  }

  private unavailable({ reason, sent }: NoAnswer, writes: boolean): Refusal {
    if (reason === 'too-large') {
      const message = `The answer of the ${this.name} service is too large to pass on. Ask for fewer records at a time.`;
      return refuse('UNAVAILABLE', message);
    }
    const said =
      reason === 'timeout'
        ? `The ${this.name} service took too long to answer.`
        : `The ${this.name} service is not available at the moment.`;
    const hint =
      writes && sent
        ? 'What you asked for may have been done: look before you repeat it. A create with the same id is safe to repeat.'
        : 'Try again in a moment.';
    return refuse('UNAVAILABLE', said, { hint });
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
