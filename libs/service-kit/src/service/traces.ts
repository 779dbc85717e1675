import { z } from 'zod';
import type { Logger } from './logger.js';
import type { Traces } from './trace.js';

/** What every process is told of traces, under the names that OpenTelemetry has for it. Without an address there are none. */
export const traceSettings = {
  /** Where a collector takes OTLP over HTTP; `/v1/traces` is added. */
  OTEL_EXPORTER_OTLP_ENDPOINT: z.preprocess(
    (value) => (value === '' ? undefined : value),
    z.url({ protocol: /^https?$/, error: 'give the address of a collector, such as http://collector:4318' }).optional(),
  ),
};

/** What the gateway is told beside it, for it decides what is traced. */
export const samplingSettings = {
  /** The share of requests that are traced, from 0 to 1. */
  OTEL_TRACES_SAMPLER_ARG: z.coerce
    .number('give a share from 0 to 1')
    .min(0, 'give a share from 0 to 1')
    .max(1, 'give a share from 0 to 1')
    .default(0.01),
};

/** Traces for a process of that name; undefined where nobody takes them, and then nothing of OpenTelemetry is loaded. */
export async function tracesOf(
  service: string,
  { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }: { OTEL_EXPORTER_OTLP_ENDPOINT?: string | undefined },
  logger: Logger,
): Promise<Traces | undefined> {
  if (endpoint === undefined) return undefined;
  const { OtlpTraces } = await import('./otlp.traces.js');
  return new OtlpTraces(service, endpoint, logger);
}
