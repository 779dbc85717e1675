import { ApolloGateway } from '@apollo/gateway';
import type { ApolloServerPlugin, HTTPGraphQLResponse } from '@apollo/server';
import { ApolloServer, HeaderMap } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import type { GraphQLFormattedError } from 'graphql';
import { GraphQLError } from 'graphql';
import { countedAs, type Logger } from '@voronka/service-kit/process';
import type { GatewayContext } from './context.js';
import { defaultLimits } from '../document/limits.js';
import { PlanExecutor } from '../plan/executor.js';
import type { Service } from '../services/service.js';
import { formatted, refusalOf } from './refusal.js';
import { Repeats } from './repeats.js';

export interface GraphOptions {
  readonly supergraphSdl: string;
  readonly logger: Logger;
  readonly service: (name: string) => Service;
}

export interface Graph {
  readonly server: ApolloServer<GatewayContext>;
  readonly repeats: Repeats;
}

/** Apollo Server over the composed supergraph, with what a gateway does not need switched off. */
export async function startGraph(options: GraphOptions): Promise<Graph> {
  const { supergraphSdl, logger, service } = options;
  const executor = new PlanExecutor(service);
  const wrote = tellsOfKeys(logger);
  const repeats = new Repeats(executor, wrote);
  const apollo = new ApolloGateway({
    supergraphSdl,
    logger: quiet(logger),
    buildService: ({ name }) => service(name),
    experimental_didResolveQueryPlan({ queryPlan, operationContext, requestContext: { document, request } }) {
      executor.learn(document, request.operationName, { queryPlan, ...operationContext });
    },
  });
  const gateway = {
    onSchemaLoadOrUpdate: apollo.onSchemaLoadOrUpdate.bind(apollo),
    stop: () => apollo.stop(),
    load: async (options: Parameters<ApolloGateway['load']>[0]) => {
      const loaded = await apollo.load(options);
      return { ...loaded, executor: executor.through(apollo.executor) };
    },
  };
  const server = new ApolloServer<GatewayContext>({
    gateway,
    // Who may ask for the schema is decided before, by who asks.
    introspection: true,
    logger: quiet(logger),
    csrfPrevention: true,
    allowBatchedHttpRequests: false,
    persistedQueries: false,
    stopOnTerminationSignals: false,
    includeStacktraceInErrorResponses: false,
    parseOptions: { maxTokens: defaultLimits.tokens },
    formatError: (error) => formatted(refusalOf(error), undefined, error),
    plugins: [
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
      errorsCarryTheirRequest(logger, wrote),
      keepsForRepeats(repeats),
    ],
  });
  await server.start();
  return { server, repeats };
}

const keepsForRepeats = (repeats: Repeats): ApolloServerPlugin<GatewayContext> => ({
  requestDidStart: () =>
    Promise.resolve({
      async willSendResponse({ source, document, operation, response: { body }, contextValue: { progress } }) {
        if (!source || !document || !operation || body.kind !== 'single' || body.singleResult.errors) return;
        repeats.keep(source, document, operation, progress.operation, progress.name ?? '');
      },
    }),
});

type Wrote = (context: GatewayContext, name: string | null) => void;

/** Events name the owner; with their correlation id this tells which were made by a key. */
const tellsOfKeys =
  (logger: Logger): Wrote =>
  ({ asker, correlationId }, operationName) => {
    const { key: keyId } = asker.claims;
    if (keyId) logger.info({ correlationId, operationName, keyId, userId: asker.userId }, 'A key writes');
  };

/**
 * Gives errors the correlation id of their request and writes those to the log that are our fault: the client sees
 * nothing of their cause, so this is where it is found.
 */
function errorsCarryTheirRequest(logger: Logger, wrote: Wrote): ApolloServerPlugin<GatewayContext> {
  return {
    async requestDidStart() {
      return {
        async didResolveOperation({ operation, operationName, contextValue }) {
          if (!operation) throw unknownOperation();
          contextValue.writes = operation.operation === 'mutation';
          const { progress } = contextValue;
          progress.operation = countedAs(operation);
          progress.name = [operation.operation, operationName ?? ''].join(' ').trimEnd();
          if (contextValue.writes) wrote(contextValue, operationName);
        },
        async didEncounterErrors({ errors, operationName, contextValue: { correlationId } }) {
          for (const error of errors) {
            if (refusalOf(error).code !== 'INTERNAL') continue;
            logger.error({ correlationId, operationName, err: cause(error) }, 'A request failed');
          }
        },
        async willSendResponse({ response, contextValue: { correlationId, progress } }) {
          progress.answered = true;
          if (response.body.kind !== 'single') return;
          const { singleResult } = response.body;
          // Apollo puts notes on nulls that it had to pass upwards here; they name types, not what to do.
          delete singleResult.extensions;
          if (!singleResult.errors) return;
          singleResult.errors = singleResult.errors.filter(saysMore);
          for (const error of singleResult.errors) Object.assign(error.extensions!, { correlationId });
          progress.codes = singleResult.errors.map(({ extensions }) => String(extensions?.['code']));
        },
      };
    },
  };
}

/** A service that is down is asked for each of its parts and says so for each: once is enough. */
function saysMore(error: GraphQLFormattedError, place: number, all: readonly GraphQLFormattedError[]): boolean {
  const same = (other: GraphQLFormattedError) => other.message === error.message && !other.path;
  return Boolean(error.path) || error.extensions?.['code'] !== 'UNAVAILABLE' || all.findIndex(same) === place;
}

const unknownOperation = () =>
  new GraphQLError('Name one operation of the query in operationName.', {
    extensions: { code: 'INVALID_QUERY', http: { status: 400 } },
  });

/** What is worth logging of an error: where, and its stack unless it is a service's, whose own log has that. */
function cause({ message, path, extensions: { code, serviceName }, originalError, stack }: GraphQLError) {
  return { message, path, code, serviceName, stack: serviceName ? undefined : (originalError?.stack ?? stack) };
}

/** Adds the correlation id to an answer that Apollo gave before it had a context (a refused preflight, a malformed body). */
export function withCorrelationId(response: HTTPGraphQLResponse, correlationId: string): HTTPGraphQLResponse {
  if (response.body.kind !== 'complete') return response;
  const body = JSON.parse(response.body.string) as { errors?: { extensions: object }[] };
  for (const error of body.errors ?? []) Object.assign(error.extensions, { correlationId });
  return { ...response, body: { kind: 'complete', string: JSON.stringify(body) } };
}

/** Apollo's own remarks at debug; its warnings and errors as they are. */
function quiet(logger: Logger) {
  return {
    debug: (message: string) => logger.trace(message),
    info: (message: string) => logger.debug(message),
    warn: (message: string) => logger.warn(message),
    error: (message: string) => logger.error(message),
  };
}

export function headerMapOf(headers: NodeJS.Dict<string | string[]>): HeaderMap {
  const map = new HeaderMap();
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) map.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  return map;
}
