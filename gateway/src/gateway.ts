import type { DynamicModule } from '@nestjs/common';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { Logger } from '@voronka/service-kit/process';
import { Health, HealthController, nestLogger, tracesOf } from '@voronka/service-kit/process';
import { DocumentGate } from './document/gate.js';
import { Prices } from './document/prices.js';
import { secureHeaders } from './door/headers.js';
import { Rates } from './door/rates.js';
import { routeExports } from './export/export.route.js';
import { listsOf } from './export/lists.js';
import { Arrivals } from './graph/trace.js';
import { routeGraph } from './graph/graph.route.js';
import { startGraph } from './graph/graph.server.js';
import { GraphiqlController } from './graphiql/graphiql.controller.js';
import { AccessTokens } from './identity/access-tokens.js';
import { ApiKeys } from './identity/api-keys.js';
import { InternalTokens } from './identity/internal-tokens.js';
import { GatewayMetrics } from './metrics.js';
import { Poster } from './services/http.js';
import { Service } from './services/service.js';
import type { Settings } from './settings.js';

@Module({ controllers: [HealthController, GraphiqlController] })
class GatewayModule {
  static with(health: Health): DynamicModule {
    return { module: GatewayModule, providers: [{ provide: Health, useValue: health }] };
  }
}

export interface Gateway {
  /** Null where METRICS_PORT is not set. */
  readonly metricsUrl: string | null;
  /** Takes requests; answers where. */
  listen(): Promise<string>;
  /** Is not ready any more, and after `drainSeconds` takes no more and lets the requests under way finish. */
  close(): Promise<void>;
}

/**
 * The gateway: the services' graph composed into one, who asks, and how much may be asked. It knows nothing of the
 * business. It starts whether or not the services run. Throws `SettingError` when a service has no address.
 */
export async function createGateway(settings: Settings, supergraphSdl: string, logger: Logger): Promise<Gateway> {
  const metrics = new GatewayMetrics();
  const traces = await tracesOf('gateway', settings.traces, logger);
  const poster = new Poster({ maxBytes: settings.serviceAnswerBytes });
  const internalTokens = new InternalTokens(settings.internalKeys);
  const { serviceUrl, serviceTimeoutMs, requestTimeoutMs } = settings;
  const services = new Map<string, Service>();
  const service = (name: string): Service => {
    const known =
      services.get(name) ??
      new Service(
        ...([name, serviceUrl(name), serviceTimeoutMs, requestTimeoutMs] as const),
        ...([poster, internalTokens, logger, metrics.callsTo(name), traces] as const),
      );
    services.set(name, known);
    return known;
  };
  const { server, repeats } = await startGraph({ supergraphSdl, logger, service });
  // A service that is away takes its own part of an answer with it, not the gateway.
  const health = new Health(() => {
    const away = [...services].flatMap(([name, { isAway }]) => (isAway ? [name] : []));
    return Promise.resolve({ waitingFor: [], degraded: away });
  });
  const app = await NestFactory.create<NestFastifyApplication>(
    GatewayModule.with(health),
    new FastifyAdapter({
      requestTimeout: 30_000,
      multipart: false,
      trustProxy: [...settings.trustedProxies],
      // What comes while it closes is answered, not refused.
      return503OnClosing: false,
    }),
    { logger: nestLogger(logger), bodyParser: false },
  );
  health.partWith(app.getHttpAdapter().getInstance());
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
    repeats,
    gate: new DocumentGate(new Prices(supergraphSdl), settings.trustedDocuments),
    introspection: settings.introspection,
    bodyBytes: settings.bodyBytes,
    requestTimeoutMs,
    requests: metrics.requests,
    traced: new Arrivals(traces, settings.traces.share),
    logger,
  });
  const { metricsPort, host } = settings;
  const meters = metricsPort === undefined ? null : await metrics.listen(host, metricsPort, health);
  if (meters) logger.info({ url: meters.url }, 'metrics');
  return {
    metricsUrl: meters?.url ?? null,
    async listen() {
      await app.listen(settings.port, settings.host);
      health.begun();
      return app.getUrl();
    },
    async close() {
      await health.end(settings.drainSeconds);
      await app.close();
      await meters?.close();
      await server.stop();
      poster.close();
      await traces?.stop();
    },
  };
}
