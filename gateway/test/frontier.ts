import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { createGateway } from '../src/gateway.js';
import type { Settings } from '../src/settings.js';
import { usual } from './organisation.js';

/** A gateway with a supergraph of one's choice, as it is beyond loopback, and one service in place of all, which only listens. */
export interface Frontier {
  readonly url: string;
  /** The queries that reached a service. */
  readonly asked: string[];
  readonly log: string[];
  close(): Promise<void>;
}

const ANSWER = JSON.stringify({ data: { me: { id: 'u1' } } });

export async function openFrontier(supergraphSdl: string, settings: Partial<Settings> = {}): Promise<Frontier> {
  const asked: string[] = [];
  const service = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      const operations = JSON.parse(body) as { query: string }[];
      asked.push(...operations.map(({ query }) => query));
      response.end(operations.map((_, place) => `${place} ${ANSWER}\n`).join(''));
    });
  });
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
  const log: string[] = [];
  const gateway = await createGateway(
    {
      ...usual,
      introspection: false,
      serviceUrl: () => new URL(`http://127.0.0.1:${(service.address() as AddressInfo).port}/graphql`),
      ...settings,
    },
    supergraphSdl,
    pino({}, { write: (line: string) => void log.push(line) }),
  );
  const url = await gateway.listen();
  return {
    url,
    asked,
    log,
    async close() {
      await gateway.close();
      service.closeAllConnections();
      await new Promise((resolve) => service.close(resolve));
    },
  };
}
