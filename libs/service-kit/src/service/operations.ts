import type { ServerResponse } from 'node:http';
import { inSpan, type Tracer } from '@voronka/messaging';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { IdentityVerifier } from '../access/identity.js';
import type { Directory } from '../directory/directory.js';
import { formatError } from '../graphql/errors.js';
import type { Answers, Question } from './answers.js';
import { contextOf, inCallContext, type Headers } from './call.js';

export const OPERATIONS = '/operations';

/** More than the gateway sends at a time. */
const MOST = 100;

/** An operation as a request of its own would bring it: its headers, who asks among them, and its body. */
interface Operation extends Question {
  readonly headers: Headers;
}

/** By what operations are answered. Answers and the directory are there once the application has begun. */
export interface Answering {
  readonly identities: IdentityVerifier;
  readonly logger: Logger;
  readonly tracer: Tracer | undefined;
  readonly directory: () => Directory;
  readonly answers: () => Answers;
}

/**
 * `POST /operations`: operations of many people in one request. Each runs as if it had come alone: signed, in a context of its
 * own, under its own correlation id. It is answered as soon as it is done, in a line: its place, a space, and JSON.
 */
export function routeOperations(app: FastifyInstance, answering: Answering): void {
  app.post(OPERATIONS, (request, reply) => {
    const { body } = request;
    if (!Array.isArray(body) || body.length === 0 || body.length > MOST) {
      const message = `Send a list of 1 to ${MOST} operations.`;
      return reply.status(400).send({ errors: [{ message, extensions: { code: 'INVALID_QUERY' } }] });
    }
    void reply.hijack();
    const lines = new Lines(reply.raw, body.length);
    body.forEach((given: unknown, place) => {
      void answer(operationIn(given), answering).then((result) => lines.add(`${place} ${JSON.stringify(result)}\n`));
    });
    return reply;
  });
}

async function answer(
  { headers, ...question }: Operation,
  { identities, logger, tracer, directory, answers }: Answering,
): Promise<object> {
  const work = async () => {
    try {
      const contextValue = await contextOf(headers, identities, directory());
      return await answers().to(question, contextValue);
    } catch (error) {
      return { errors: [formatError({ message: '' }, error, logger)] };
    }
  };
  const span = { name: `answer ${question.operationName ?? 'operation'}`, role: 'server' } as const;
  return inCallContext(headers, identities, () => inSpan(tracer, span, work));
}

/** What came, as far as it is one; an operation without a document is Apollo's to refuse. */
function operationIn(given: unknown): Operation {
  const { headers, query, variables, operationName } = objectIn(given);
  return {
    headers: objectIn(headers) as Headers,
    query: typeof query === 'string' ? query : '',
    variables: objectIn(variables),
    ...(typeof operationName === 'string' && operationName && { operationName }),
  };
}

const objectIn = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};

/** Lines of an answer; what is done in one turn of the event loop goes out together, and the last one ends it. */
class Lines {
  constructor(
    private readonly response: ServerResponse,
    private left: number,
  ) {
    response.setHeader('content-type', 'application/x-ndjson; charset=utf-8');
  }

  add(line: string): void {
    const { response } = this;
    if (--this.left === 0) return void response.end(line);
    if (response.writableCorked === 0) {
      response.cork();
      setImmediate(() => response.uncork());
    }
    response.write(line);
  }
}
