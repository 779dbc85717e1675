import type { DynamicModule } from '@nestjs/common';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { Logger, Readiness } from '@voronka/service-kit/process';
import { HealthController, leaving, nestLogger, READINESS } from '@voronka/service-kit/process';
import { DocumentGate } from './document/gate.js';
import { Prices } from './document/prices.js';
import { secureHeaders } from './door/headers.js';
import { Rates } from './door/rates.js';
import { routeExports } from './export/export.route.js';
import { listsOf } from './export/lists.js';
import { routeGraph } from './graph/graph.route.js';
import { startGraph } from './graph/graph.server.js';
import { GraphiqlController } from './graphiql/graphiql.controller.js';
import { AccessTokens } from './identity/access-tokens.js';
import { ApiKeys } from './identity/api-keys.js';
import { InternalTokens } from './identity/internal-tokens.js';
import { Poster } from './services/http.js';
import { Service } from './services/service.js';
import type { Settings } from './settings.js';

@Module({ controllers: [HealthController, GraphiqlController] })
class GatewayModule {
  static with(readiness: Readiness): DynamicModule {
    return { module: GatewayModule, providers: [{ provide: READINESS, useValue: readiness }] };
  }
}

export interface Gateway {
  /** Takes requests; answers where. */
  listen(): Promise<string>;
  /** Has those who keep connections leave them, half a second long: to be called before `close` where others ask meanwhile. */
  leave(): Promise<void>;
  /** Lets the requests under way finish and takes no more. */
  close(): Promise<void>;
}

/**
 * The gateway: the services' graph composed into one, who asks, and how much may be asked. It knows nothing of the
 * business. It starts whether or not the services run. Throws `SettingError` when a service has no address.
 */
export async function createGateway(settings: Settings, supergraphSdl: string, logger: Logger): Promise<Gateway> {
  const poster = new Poster({ maxBytes: settings.serviceAnswerBytes });
  const internalTokens = new InternalTokens(settings.internalKeys);
  const { serviceUrl, serviceTimeoutMs, requestTimeoutMs } = settings;
  const services = new Map<string, Service>();
  const service = (name: string): Service => {
    const known =
      services.get(name) ??
      new Service(name, serviceUrl(name), serviceTimeoutMs, requestTimeoutMs, poster, internalTokens, logger);
    services.set(name, known);
    return known;
  };
  const server = await startGraph({ supergraphSdl, logger, service });
  let open = false;
  // Says nothing of the services: one that is down takes its own part of an answer with it, not the gateway.
  const readiness: Readiness = () => Promise.resolve(open ? [] : ['start or stop']);
  const app = await NestFactory.create<NestFastifyApplication>(
    GatewayModule.with(readiness),
    new FastifyAdapter({
      requestTimeout: 30_000,
      multipart: false,
      trustProxy: [...settings.trustedProxies],
      // What comes while it closes is answered, not refused.
      return503OnClosing: false,
    }),
    { logger: nestLogger(logger), bodyParser: false },
  );
  const leave = leaving(app.getHttpAdapter().getInstance());
  await secureHeaders(app, settings.corsOrigins);
  const door = {
    accessTokens: new AccessTokens(settings.accessKeys),
    apiKeys: new ApiKeys(service('identity'), requestTimeoutMs),
    rates: new Rates(settings.rates),
  };
  routeExports(app.getHttpAdapter().getInstance(), { ...door, lists: listsOf(supergraphSdl, service) });
  routeGraph(app.getHttpAdapter().getInstance(), {
    ...door,
    server,
    gate: new DocumentGate(new Prices(supergraphSdl), settings.trustedDocuments),
    introspection: settings.introspection,
    bodyBytes: settings.bodyBytes,
    requestTimeoutMs,
    logger,
  });
  return {
    async listen() {
      await app.listen(settings.port, settings.host);
      open = true;
      return app.getUrl();
    },
    async leave() {
      open = false;
      await leave();
    },
    async close() {
      open = false;
      await app.close();
      await server.stop();
      poster.close();
    },
  };
}
