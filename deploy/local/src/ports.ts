import { createServer } from 'node:net';
import { StartFailure } from './failure.js';

/** Refuses, naming the setting and the mend, when one cannot listen there. */
export async function requireFree(setting: string, host: string, port: number): Promise<void> {
  const trouble = await listenError(host, port);
  if (trouble === 'EADDRINUSE')
    throw new StartFailure(`Port ${port} is in use: stop what listens on it, or set ${setting} to a free port.`);
  if (trouble === 'EACCES')
    throw new StartFailure(`Port ${port} is not for ordinary users: set ${setting} to one above 1023.`);
  if (trouble)
    throw new StartFailure(`${host} is no address of this machine: set HOST to one that is, or leave it out.`);
}

/** Why nothing can listen there, in the system's word for it; null when it can. */
function listenError(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(null)));
  });
}

/** `count` free ports on loopback: the first ones from `base` up that are not spoken for, or any the machine gives when there is no base. */
export async function freePorts(count: number, base?: number, spokenFor: readonly number[] = []): Promise<number[]> {
  if (base === undefined) return Promise.all(Array.from({ length: count }, anyFreePort));
  const found: number[] = [];
  for (let port = base; found.length < count; port++) {
    if (port > 65_535)
      throw new StartFailure(`There are no ${count} free ports from ${base} up: set SERVICES_PORT lower.`);
    if (!spokenFor.includes(port) && (await listenError('127.0.0.1', port)) === null) found.push(port);
  }
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
