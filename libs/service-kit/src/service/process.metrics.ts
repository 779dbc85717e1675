import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { errorCodes } from '@voronka/contracts';
import type { OperationDefinitionNode } from 'graphql';
import { collectDefaultMetrics, Counter, Histogram, Registry } from 'prom-client';
import type { Health } from './health.js';
import { SettingError } from './settings.js';

/** Seconds: a request is a few statements, or a few calls one after the other. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** What is an error of ours and not of who asked. */
const OURS: ReadonlySet<string> = new Set(['INTERNAL', 'UNAVAILABLE']);
const known: ReadonlySet<string> = new Set(errorCodes);

/**
 * What an operation is counted as: the first field that it asks for. Those of the schema are few, while names of operations are
 * the clients' own, who could make any number of them.
 */
export function countedAs({ selectionSet }: OperationDefinitionNode): string {
  const [first] = selectionSet.selections;
  return first && 'arguments' in first ? first.name.value : 'fragment';
}

/** Requests by what they ask for: how long they took, what they were refused for, and which failed by our fault. */
export class Requests {
  private readonly seconds: Histogram;
  private readonly failed: Counter;
  private readonly errors: Counter;
  private readonly kept = new Map<string, Histogram.Internal<'operation'>>();

  constructor(registry: Registry) {
    const registers = [registry];
    this.seconds = new Histogram({
      name: 'voronka_request_seconds',
      help: 'Requests, by the first field they ask for; none where they were refused before.',
      labelNames: ['operation'],
      buckets: BUCKETS,
      registers,
    });
    this.failed = new Counter({
      name: 'voronka_failed_requests_total',
      help: 'Requests of which a part or all was not answered by a fault of ours.',
      labelNames: ['operation'],
      registers,
    });
    this.errors = new Counter({
      name: 'voronka_errors_total',
      help: 'Errors in answers.',
      labelNames: ['code'],
      registers,
    });
  }

  /** `operation` is of a bounded set. A code that comes twice in an answer is given twice. */
  answered(operation: string, seconds: number, codes: readonly string[] = []): void {
    let handle = this.kept.get(operation);
    if (!handle) this.kept.set(operation, (handle = this.seconds.labels(operation)));
    handle.observe(seconds);
    if (codes.length === 0) return;
    if (codes.some((code) => OURS.has(code))) this.failed.inc({ operation });
    for (const code of codes) this.errors.inc({ code: known.has(code) ? code : 'OTHER' });
  }
}

/** What any process is counted by, and where it is asked for that and for its health. */
export class ProcessMetrics {
  readonly registry = new Registry();
  readonly requests: Requests;
  protected refresh: () => Promise<void> = () => Promise.resolve();

  constructor(service: string) {
    this.registry.setDefaultLabels({ service });
    this.requests = new Requests(this.registry);
  }

  /** Everything as of now, in the text format of Prometheus. */
  async text(): Promise<string> {
    await this.refresh();
    return this.registry.metrics();
  }

  /** Answers GET /metrics and /health/… on a port of its own. Throws SettingError where the port is taken. */
  async listen(host: string, port: number, health: Health): Promise<{ url: string; close(): Promise<void> }> {
    collectDefaultMetrics({ register: this.registry });
    const answer = async (path: string) => {
      if (path === '/metrics') return { status: 200, type: this.registry.contentType, text: await this.text() };
      const found = path.startsWith('/health/') ? await health.answer(path.slice('/health/'.length)) : null;
      return { status: found?.status ?? 404, type: 'application/json', text: found ? JSON.stringify(found.body) : '' };
    };
    const server = createServer(({ method, url = '' }, response) => {
      answer(method === 'GET' ? (url.split('?')[0] ?? '') : '').then(
        ({ status, type, text }) => response.writeHead(status, { 'content-type': type }).end(text),
        () => response.writeHead(500).end(),
      );
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) =>
        reject(
          new SettingError(`METRICS_PORT is ${port}, where nobody can listen (${error.code}): set it to a free port.`),
        ),
      );
      server.listen(port, host, resolve);
    });
    const { port: bound } = server.address() as AddressInfo;
    return {
      url: `http://${host}:${bound}/metrics`,
      close: () =>
        new Promise((resolve) => {
          server.close(() => resolve());
          server.closeAllConnections();
        }),
    };
  }
}
