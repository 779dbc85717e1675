import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

/** A span as it came, with the process that it is of. */
export interface SpanSeen {
  readonly service: string;
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly fault: unknown;
}

interface Keyed {
  readonly key: string;
  readonly value: { stringValue?: string; intValue?: number };
}
interface Sent {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Keyed[] };
    readonly scopeSpans: readonly {
      readonly spans: readonly (Omit<SpanSeen, 'attributes'> & { attributes: readonly Keyed[] })[];
    }[];
  }[];
}

/** Takes traces as a collector does: OTLP over HTTP, as JSON. */
export interface Collector {
  readonly url: string;
  readonly spans: readonly SpanSeen[];
  close(): Promise<void>;
}

export async function collect(): Promise<Collector> {
  const spans: SpanSeen[] = [];
  const server = createServer((request, response) => {
    void json(request).then((sent) => {
      spans.push(...spansIn(sent as Sent));
      response.setHeader('content-type', 'application/json').end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const spansIn = ({ resourceSpans }: Sent): SpanSeen[] =>
  resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const service = String(recordOf(resource.attributes)['service.name']);
    return scopeSpans.flatMap(({ spans }) =>
      spans.map(({ attributes, ...span }) => {
        const about = recordOf(attributes);
        return { ...span, service, attributes: about, fault: about['error.type'] };
      }),
    );
  });

const recordOf = (attributes: readonly Keyed[]): Record<string, unknown> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue ?? value.intValue]));

/** A span and those above it, up to where the trace began, as `name@service`. */
export function pathOf(span: SpanSeen, spans: readonly SpanSeen[]): string[] {
  const above = spans.find(({ spanId }) => spanId === span.parentSpanId);
  return [`${span.name}@${span.service}`, ...(above ? pathOf(above, spans) : [])];
}
