import type { ApolloServer, GraphQLResponse } from '@apollo/server';
import { Kind, parse, type DocumentNode, type GraphQLError, type GraphQLFormattedError } from 'graphql';
import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';
import type { Audit } from '../audit/audit.js';
import { noteRefusals } from '../audit/audit.plugin.js';
import type { RequestContext } from '../graphql/context.js';
import type { Executor } from '../graphql/compiled.js';
import { formatError } from '../graphql/errors.js';
import { countedAs, type Requests } from './process.metrics.js';

/** How many documents are known, the least used of them forgotten. */
const MOST = 1_000;

export interface Question {
  readonly query: string;
  readonly variables: Record<string, unknown>;
  readonly operationName?: string;
}

/** A document of one operation that Apollo Server has executed, and what the operation is counted as. */
interface Known {
  readonly document: DocumentNode;
  readonly operation: string;
}

/** By what operations are answered. */
export interface Answerers {
  readonly server: ApolloServer;
  readonly execute: Executor;
  readonly audit: Audit;
  readonly requests: Requests;
  readonly logger: Logger;
}

/**
 * Answers operations as Apollo Server does. What it has executed once was parsed and found valid: from then on it is executed
 * without it, and refusals are taken down and requests counted as its plugins do.
 */
export class Answers {
  private readonly known = new LRUCache<string, Known>({ max: MOST });

  constructor(private readonly by: Answerers) {}

  async to(question: Question, contextValue: RequestContext): Promise<object> {
    const known = this.known.get(question.query);
    return (known && (await this.again(known, question, contextValue))) ?? this.byApollo(question, contextValue);
  }

  /** Null where nothing was executed: Apollo Server says what is wrong with the question. */
  private async again(
    { document, operation }: Known,
    question: Question,
    contextValue: RequestContext,
  ): Promise<object | null> {
    const since = performance.now();
    const result = await this.by.execute({ ...question, document, contextValue });
    const { data, errors: found } = result;
    if (found && !('data' in result)) return null;
    if (found) await noteRefusals(this.by.audit, found, contextValue);
    const errors = found?.map((error) => this.formatted(error));
    const codes = errors?.map(({ extensions }) => String(extensions?.['code']));
    this.by.requests.answered(operation, (performance.now() - since) / 1000, codes);
    return errors ? { data, errors } : result;
  }

  private async byApollo(question: Question, contextValue: RequestContext): Promise<object> {
    const { body } = await this.by.server.executeOperation(question, { contextValue });
    const result = resultIn(body);
    if ('data' in result && !this.known.has(question.query)) this.remember(question.query);
    return result;
  }

  private remember(query: string): void {
    const document = parse(query);
    const operations = document.definitions.filter((node) => node.kind === Kind.OPERATION_DEFINITION);
    const [operation] = operations;
    if (operation && operations.length === 1) this.known.set(query, { document, operation: countedAs(operation) });
  }

  private formatted(error: GraphQLError): GraphQLFormattedError {
    return formatError(error.toJSON(), error, this.by.logger);
  }
}

const resultIn = (body: GraphQLResponse['body']): object =>
  body.kind === 'single' ? body.singleResult : body.initialResult;
