import { createServer } from 'node:net';
import { StartFailure } from './failure.js';

/** Whether nothing listens on this port of this address yet. */
export function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** Refuses, naming the setting, when the port is taken. */
export async function requireFree(setting: string, host: string, port: number): Promise<void> {
  if (!(await isFree(host, port)))
    throw new StartFailure(
      `Port ${port} on ${host} is in use or may not be used: stop what listens there, or set ${setting} to a free port.`,
    );
}

/** `count` free ports on loopback: the first ones from `base` up, or any the machine gives when there is no base. */
export async function freePorts(count: number, base?: number): Promise<number[]> {
  if (base === undefined) return Promise.all(Array.from({ length: count }, anyFreePort));
  const found: number[] = [];
  for (let port = base; found.length < count && port < 65_536; port++)
    if (await isFree('127.0.0.1', port)) found.push(port);
  return found;
}

function anyFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port: 0 }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
