import 'reflect-metadata';
import { generateKeyPairSync } from 'node:crypto';
import { NestFactory } from '@nestjs/core';
import { GraphQLModule, GraphQLSchemaHost } from '@nestjs/graphql';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { printSubgraphSchema } from '@apollo/subgraph';
import { allStates, allTopics } from '@voronka/contracts';
import { brokerFrom, Database, EventBus, OutboxRelay, Readings, stateGroup, StatePublisher } from '@voronka/messaging';
import type { Logger } from 'pino';
import { IdentityVerifier } from '../access/identity.js';
import { Keys } from '../access/keys.js';
import { Budgets } from '../access/budget.js';
import { Audit, type AuditOptions } from '../audit/audit.js';
import { Answers } from './answers.js';
import { Clock } from '../clock.js';
import { ClockWatch } from './clock-watch.js';
import { Directory } from '../directory/directory.js';
import type { CompiledDriver } from '../graphql/compiled.js';
import type { ServiceDefinition } from './definition.js';
import { Health } from './health.js';
import { loggerFor, nestLogger } from './logger.js';
import { ServiceMetrics } from './metrics.js';
import { databaseId, migrate, schemaAge } from './migrate.js';
import { callLogger, inCallContext } from './call.js';
import { OPERATIONS, routeOperations } from './operations.js';
import { readinessOf } from './readiness.js';
import { serviceModule, type Foundations } from './service.module.js';
import { tracesOf } from './traces.js';
import type { ServiceSettings } from './service.settings.js';

/** A service that runs in this process. */
export interface RunningService {
  readonly app: NestFastifyApplication;
  readonly database: Database;
  readonly url: string;
  /** Null where METRICS_PORT is not set. */
  readonly metricsUrl: string | null;
  /** Is not ready any more, and after `DRAIN_SECONDS` ends what is under way, hands over its partitions and its relay's lock. */
  stop(): Promise<void>;
}

/** By their names without a prefix. */
export interface ServiceTopics {
  readonly service: string;
  readonly writes: readonly string[];
  readonly reads: readonly string[];
}

const BODY_LIMIT = 8 * 1024 * 1024;

async function build(definition: ServiceDefinition, foundations: Foundations): Promise<NestFastifyApplication> {
  const { health, identities, audit, requests, tracer, logger } = foundations;
  // What comes while it closes is answered, not refused.
  const adapter = new FastifyAdapter({ bodyLimit: BODY_LIMIT, keepAliveTimeout: 65_000, return503OnClosing: false });
  const fastify = adapter.getInstance();
  health.partWith(fastify);
  fastify.addHook('onRequest', ({ url, headers }, _reply, done) => {
    // There each operation has a context of its own.
    if (url === OPERATIONS) done();
    else void inCallContext(headers, identities, done);
  });
  const app = await NestFactory.create<NestFastifyApplication>(serviceModule(definition, foundations), adapter, {
    logger: nestLogger(logger),
    abortOnError: false,
  });
  const answersOf = ({ graphQlAdapter: { instance, execute } }: GraphQLModule<CompiledDriver>) =>
    new Answers({ server: instance, execute, audit, requests, logger });
  let answers: Answers | undefined;
  routeOperations(fastify, {
    identities,
    logger,
    tracer,
    directory: () => app.get(Directory),
    answers: () => (answers ??= answersOf(app.get(GraphQLModule))),
  });
  return app;
}

const auditOf = (
  { name }: ServiceDefinition,
  { clock = new Clock(), ...around }: { clock?: Clock } & Omit<AuditOptions, 'service' | 'clock'>,
) => new Audit({ service: name, clock, ...around });

/** Migrates, makes the topics, joins the event bus and answers GraphQL. A broker that is away does not keep it from starting. */
export async function startService(
  definition: ServiceDefinition,
  settings: ServiceSettings,
  { clock, logger = callLogger(definition.name, settings.LOG_LEVEL) }: { clock?: Clock; logger?: Logger } = {},
): Promise<RunningService> {
  const { name } = definition;
  const onError = (err: Error) => logger.warn({ err }, 'a database connection broke');
  const database = new Database({
    url: settings.DATABASE_URL,
    max: settings.DATABASE_POOL,
    applicationName: `voronka-${name}`,
    onError,
  });
  const broker = brokerFrom(settings.BROKER_URL, {
    clientId: `voronka-${name}`,
    topicPrefix: settings.TOPIC_PREFIX,
    logger,
    owner: { groups: [name, stateGroup(name)], id: () => databaseId(database) },
  });
  const metrics = new ServiceMetrics(name);
  const tracer = await tracesOf(name, settings, logger);
  const watched = { database, broker, logger, meter: metrics, tracer };
  const relay = new OutboxRelay(watched);
  const bus = new EventBus({ ...watched, service: name, published: () => relay.wake() });
  const states = new StatePublisher({
    ...{ service: name, broker, logger, meter: metrics },
    states: allStates().filter(({ noun }) => definition.publishes.includes(noun)),
  });
  const clocks = new ClockWatch(database, logger);
  const health = new Health(readinessOf(clocks, broker, bus));
  const { METRICS_PORT: metricsPort } = settings;
  const meters = metricsPort === undefined ? null : await metrics.listen(settings.HOST, metricsPort, health);
  if (meters) logger.info({ url: meters.url }, 'metrics');
  await migrate(definition, settings.DATABASE_URL, database);
  if ((await schemaAge(definition, database)) === 'newer')
    logger.warn(
      'the database has a newer schema than this version: so it is while a newer one is rolled out, or taken back; else start that one',
    );
  await clocks.look();

  const budgets = new Budgets(clock ?? new Clock());
  const audit = auditOf(definition, {
    database,
    budgets,
    logger,
    published: () => relay.wake(),
    ...(clock && { clock }),
  });
  const identities = new IdentityVerifier(Keys.of('INTERNAL_PUBLIC_KEY', settings.INTERNAL_PUBLIC_KEY, 'public'), name);
  const app = await build(definition, {
    database,
    audit,
    budgets,
    identities,
    logger,
    health,
    requests: metrics.requests,
    outbox: relay,
    settings,
    tracer,
    ...(clock && { clock }),
  });
  await definition.begin?.(app);

  const topics = allTopics().filter((topic) =>
    [...definition.publishes, 'audit'].includes(topic.name.split('.')[1] ?? ''),
  );
  broker.ensureTopics(topics).then(
    () => {
      relay.start();
      states.start();
      audit.start(broker.publisher());
    },
    (err: unknown) => logger.warn({ err }, 'topics were not made: closing'),
  );
  if (meters) metrics.watch({ relay, bus, states, audit, database, clocks });
  bus.attachTo(app);
  await app.startAllMicroservices();
  await app.listen(settings.PORT, settings.HOST);
  const url = `${await app.getUrl()}/graphql`;
  health.begun();
  logger.info({ url }, 'listening');

  return {
    app,
    database,
    url,
    metricsUrl: meters?.url ?? null,
    stop: async () => {
      await health.end(settings.DRAIN_SECONDS);
      await app.close();
      await meters?.close();
      await Promise.all([relay.stop(), states.stop(), audit.stop()]);
      await tracer?.stop();
      await broker.close();
      await database.close();
    },
  };
}

/** A service's application without a door: nobody can prove to it who he is. Nothing in it is begun. */
export async function withoutDoor(
  definition: ServiceDefinition,
  database: Database,
  logger = loggerFor(definition.name, 'silent'),
): Promise<NestFastifyApplication> {
  const { publicKey } = generateKeyPairSync('ed25519');
  const budgets = new Budgets(new Clock());
  return build(definition, {
    database,
    budgets,
    audit: auditOf(definition, { database, budgets, logger, published: () => {} }),
    identities: new IdentityVerifier(
      Keys.of('', publicKey.export({ type: 'spki', format: 'pem' }).toString(), 'public'),
      definition.name,
    ),
    logger,
    health: new Health(() => Promise.resolve({ waitingFor: [] })),
    requests: new ServiceMetrics(definition.name).requests,
    outbox: { wake: () => {}, wakeSoon: () => {} },
  });
}

/** The topics that a service writes and reads, for whoever lets it; needs no database and no broker. */
export async function topicsOf({ publishes, ...definition }: ServiceDefinition): Promise<ServiceTopics> {
  const readings = new Readings();
  const app = await withoutDoor({ publishes, ...definition }, new Database({ url: 'postgres://127.0.0.1/none' }));
  readings.attachTo(app);
  await app.startAllMicroservices();
  const own = allTopics().filter(({ name }) => [...publishes, 'audit'].includes(name.split('.')[1] ?? ''));
  return { service: definition.name, writes: own.map(({ name }) => name).sort(), reads: [...readings.topics].sort() };
}

/** The SDL of a service's subgraph; needs no database and no broker. */
export async function schemaOf(definition: ServiceDefinition): Promise<string> {
  const app = await withoutDoor(definition, new Database({ url: 'postgres://127.0.0.1/none' }));
  await app.init();
  return `${printSubgraphSchema(app.get(GraphQLSchemaHost).schema)}\n`;
}
