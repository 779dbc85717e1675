import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, TraceFlags, type Context } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { AlwaysOnSampler, BatchSpanProcessor, TracerProvider, type SpanExporter } from '@opentelemetry/sdk-trace';
import type { About, Role, Span } from '@voronka/messaging';
import type { Logger } from './logger.js';
import { isSampled, type Request, type Traces } from './trace.js';

const kinds: Record<Role, SpanKind> = {
  internal: SpanKind.INTERNAL,
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
};

/** Milliseconds that spans may wait for others. */
const DELAY_MS = 1_000;

/** Traces as OpenTelemetry has them, sent to a collector in batches. Loaded only where there is one. */
export class OtlpTraces implements Traces {
  private readonly provider: TracerProvider;
  private readonly tracer;

  constructor(service: string, endpoint: string, logger: Logger) {
    const own = { 'service.namespace': 'voronka', 'service.name': service };
    const exporter = new OTLPTraceExporter({ url: `${endpoint.replace(/\/$/, '')}/v1/traces` });
    this.provider = new TracerProvider({
      resource: detectResources({ detectors: [envDetector] }).merge(resourceFromAttributes(own)),
      // What is not to be taken down does not come so far.
      sampler: new AlwaysOnSampler(),
      spanProcessors: [
        new BatchSpanProcessor({ exporter: saidOnce(exporter, logger), scheduledDelayMillis: DELAY_MS }),
      ],
    });
    this.tracer = this.provider.getTracer('voronka');
  }

  begin(name: string, parent: string | null, role: Role = 'internal', about: About = {}): Span | undefined {
    return parent !== null && isSampled(parent) ? this.start(name, contextOf(parent), role, about) : undefined;
  }

  arrive(name: string, parent: string | null): Request {
    return this.start(name, parent === null ? ROOT_CONTEXT : contextOf(parent), 'server', {});
  }

  stop(): Promise<void> {
    return this.provider.shutdown();
  }

  private start(name: string, context: Context, role: Role, about: About): Request {
    const span = this.tracer.startSpan(name, { kind: kinds[role], attributes: about }, context);
    const { traceId, spanId } = span.spanContext();
    return {
      traceparent: `00-${traceId}-${spanId}-01`,
      end: (fault, named) => {
        if (named !== undefined) span.updateName(named);
        if (fault !== undefined) span.setStatus({ code: SpanStatusCode.ERROR }).setAttribute('error.type', fault);
        span.end();
      },
    };
  }
}

function contextOf(traceparent: string): Context {
  const [, traceId = '', spanId = ''] = traceparent.split('-');
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: TraceFlags.SAMPLED, isRemote: true });
}

/** A collector that is away loses spans and nothing else; the log says so when it begins and when it ends. */
function saidOnce(exporter: SpanExporter, logger: Logger): SpanExporter {
  let failing = false;
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        const failed = result.error !== undefined;
        if (failed && !failing) logger.warn({ err: result.error }, 'Traces are lost: the collector does not take them');
        if (!failed && failing) logger.info({}, 'The collector takes traces again');
        failing = failed;
        done(result);
      }),
    shutdown: () => exporter.shutdown(),
    ...(exporter.forceFlush && { forceFlush: () => exporter.forceFlush!() }),
  };
}
