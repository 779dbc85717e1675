import type { ApolloServer, GraphQLResponse } from '@apollo/server';
import type { GraphQLError } from 'graphql';
import { parse, type DocumentNode, type ExecutionResult, type GraphQLFormattedError } from 'graphql';
import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';
import type { Audit } from '../audit/audit.js';
import { noteRefusals } from '../audit/audit.plugin.js';
import type { RequestContext } from '../graphql/context.js';
import type { Executor } from '../graphql/compiled.js';
import { formatError } from '../graphql/errors.js';

/** How many documents are known, the least used of them forgotten. */
const MOST = 1_000;

export interface Question {
  readonly query: string;
  readonly variables: Record<string, unknown>;
  readonly operationName?: string;
}

/**
 * Answers operations as Apollo Server does. What it has executed once was parsed and found valid, and no plugin of a service
 * does anything where all goes well: from then on the document is executed without it.
 */
export class Answers {
  private readonly known = new LRUCache<string, DocumentNode>({ max: MOST });

  constructor(
    private readonly server: ApolloServer,
    private readonly execute: Executor,
    private readonly audit: Audit,
    private readonly logger: Logger,
  ) {}

  async to(question: Question, contextValue: RequestContext): Promise<object> {
    const document = this.known.get(question.query);
    if (document) {
      const result = await this.execute({ ...question, document, contextValue });
      if (!result.errors) return result;
      // Where nothing was executed Apollo Server says what is wrong with the question.
      if ('data' in result) return this.withRefusals(result, result.errors, contextValue);
    }
    const { body } = await this.server.executeOperation(question, { contextValue });
    const result = resultIn(body);
    if (!document && 'data' in result) this.known.set(question.query, parse(question.query));
    return result;
  }

  private async withRefusals(
    { data }: ExecutionResult,
    errors: readonly GraphQLError[],
    contextValue: RequestContext,
  ): Promise<object> {
    await noteRefusals(this.audit, errors, contextValue);
    return { data, errors: errors.map((error) => this.formatted(error)) };
  }

  private formatted(error: GraphQLError): GraphQLFormattedError {
    return formatError(error.toJSON(), error, this.logger);
  }
}

const resultIn = (body: GraphQLResponse['body']): object =>
  body.kind === 'single' ? body.singleResult : body.initialResult;
