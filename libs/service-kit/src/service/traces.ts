import { z } from 'zod';
import type { Logger } from './logger.js';
import type { Traces } from './trace.js';

/** What every process is told of traces, under the names that OpenTelemetry has for it. Without an address there are none. */
export const traceSettings = {
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .url({ protocol: /^https?$/, error: 'give the address of a collector, such as http://collector:4318' })
    .optional()
    .meta({
      description: 'Where a collector takes traces by OTLP over HTTP: `http://collector:4318`; `/v1/traces` is added.',
      unset: 'none are made',
    }),
};

/** What the gateway is told beside it, for it decides what is traced. */
export const samplingSettings = {
  OTEL_TRACES_SAMPLER_ARG: z.coerce
    .number('give a share from 0 to 1')
    .min(0, 'give a share from 0 to 1')
    .max(1, 'give a share from 0 to 1')
    .default(0.01)
    .meta({ description: 'The share of requests that are traced, from 0 to 1.' }),
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
