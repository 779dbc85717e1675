import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import type { ApolloFederationDriverConfig } from '@nestjs/apollo';
import { Global, Module, type DynamicModule, type Provider } from '@nestjs/common';
import { APP_GUARD, Reflector } from '@nestjs/core';
import { GraphQLModule, GraphQLSchemaHost } from '@nestjs/graphql';
import { Database, type Tracer } from '@voronka/messaging';
import type { FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { hideFields } from '../access/fields.js';
import { Audit } from '../audit/audit.js';
import { auditRefusals } from '../audit/audit.plugin.js';
import type { Budgets } from '../access/budget.js';
import { RightsGuard } from '../access/guard.js';
import { IdentityVerifier } from '../access/identity.js';
import { Clock } from '../clock.js';
import { Directory } from '../directory/directory.js';
import { DirectoryConsumer } from '../directory/directory.consumer.js';
import { nameReferredPeople } from '../directory/names.js';
import { References } from '../directory/references.js';
import { referencesConsumer } from '../directory/references.consumer.js';
import { ExportController } from '../export/export.controller.js';
import { Exports } from '../export/exports.js';
import { HandoverConsumer, partsBefore } from '../handover/handover.consumer.js';
import { Estate } from '../handover/estate.js';
import { HandoverService } from '../handover/handover.service.js';
import { HandoverSweeper } from '../handover/handover.sweeper.js';
import { Ledger } from '../handover/ledger.js';
import { Holdings } from '../handover/holdings.js';
import { holdingsResolver, HoldingsType } from '../handover/holdings.resolver.js';
import { HANDOVERS, type Handovers } from '../handover/inheritance.js';
import { CompiledDriver, withoutPlainResolvers } from '../graphql/compiled.js';
import { countRequests } from '../graphql/counted.js';
import { entitiesByType } from '../graphql/entities.js';
import { formatError } from '../graphql/errors.js';
import { Sharing } from '../store/sharing.js';
import { Store } from '../store/store.js';
import { Writer, type Outbox } from '../store/writer.js';
import { contextOf } from './call.js';
import { SETTINGS, type ServiceDefinition } from './definition.js';
import { Health, HealthController } from './health.js';
import type { Requests } from './process.metrics.js';

/** What a service stands on, which differs between a running process, a test and the printing of a schema. */
export interface Foundations {
  readonly database: Database;
  readonly audit: Audit;
  readonly budgets: Budgets;
  readonly identities: IdentityVerifier;
  readonly logger: Logger;
  readonly health: Health;
  readonly requests: Requests;
  readonly outbox: Outbox;
  readonly clock?: Clock;
  readonly settings?: object;
  readonly tracer?: Tracer | undefined;
}

@Global()
@Module({})
class KitModule {}

/** The Nest module of a service: its nouns on top of the kit. */
export function serviceModule(definition: ServiceDefinition, foundations: Foundations): DynamicModule {
  const {
    database,
    audit,
    budgets,
    identities,
    logger,
    health,
    outbox,
    clock = new Clock(),
    settings = {},
    tracer,
  } = foundations;
  const { exports = {} } = definition;
  const writer = new Writer(database, definition.name, () => clock.now(), outbox, tracer);
  const directory = new Directory(database, clock);
  const store = new Store(database, writer, directory, audit, budgets, definition.constraints);
  const shared: Provider[] = [
    { provide: Database, useValue: database },
    { provide: Clock, useValue: clock },
    { provide: SETTINGS, useValue: settings },
    { provide: Directory, useValue: directory },
    { provide: References, useValue: new References(database) },
    { provide: Store, useValue: store },
    { provide: Audit, useValue: audit },
    { provide: Sharing, useValue: new Sharing(store, directory, database, audit) },
  ];
  const kit: DynamicModule = {
    module: KitModule,
    providers: [
      ...shared,
      { provide: Health, useValue: health },
      {
        provide: APP_GUARD,
        useFactory: (reflector: Reflector) => new RightsGuard(reflector, directory),
        inject: [Reflector],
      },
    ],
    controllers: [
      HealthController,
      DirectoryConsumer,
      ...(definition.references?.length ? [referencesConsumer(definition.references)] : []),
    ],
    exports: shared,
  };
  return {
    module: ServiceModule,
    imports: [
      kit,
      graphql(foundations, directory, definition),
      ...definition.modules,
      ...(definition.handovers ? [handover(definition.name, definition.handovers)] : []),
    ],
    controllers: [ExportController],
    providers: [
      {
        provide: Exports,
        useFactory: (store: Store, schemas: GraphQLSchemaHost) =>
          new Exports({
            lists: new Map(Object.entries(exports)),
            identities,
            directory,
            store,
            audit,
            schemas,
            logger,
          }),
        inject: [Store, GraphQLSchemaHost],
      },
    ],
  };
}

@Module({})
class ServiceModule {}

@Module({})
class HandoverModule {}

const handover = (service: string, handovers: Handovers): DynamicModule => ({
  module: HandoverModule,
  controllers: [HandoverConsumer, ...(handovers.after ? [partsBefore(handovers.after)] : [])],
  providers: [
    { provide: HANDOVERS, useValue: handovers },
    ...[Estate, Ledger, HandoverService, HandoverSweeper, Holdings, holdingsResolver(service)],
  ],
});

const graphql = (
  { identities, audit, logger, requests }: Foundations,
  directory: Directory,
  { handovers }: ServiceDefinition,
): DynamicModule =>
  GraphQLModule.forRoot<ApolloFederationDriverConfig>({
    driver: CompiledDriver,
    autoSchemaFile: { federation: 2 },
    // No field of the service's own leads to it.
    buildSchemaOptions: { orphanedTypes: handovers ? [HoldingsType] : [] },
    playground: false,
    introspection: true,
    csrfPrevention: false,
    transformSchema: (schema) =>
      nameReferredPeople(hideFields(withoutPlainResolvers(entitiesByType(schema))), directory),
    plugins: [
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
      auditRefusals(audit),
      countRequests(requests),
    ],
    formatError: (formatted, error) => formatError(formatted, error, logger),
    context: ({ headers }: FastifyRequest) => contextOf(headers, identities, directory),
  });
