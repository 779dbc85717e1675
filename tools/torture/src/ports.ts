import { createServer, type Server } from 'node:net';

const FIRST = 10_000;
const SLOTS = 600;
/** How many ports a system may use. The first is only held, so that no other system takes the same ones. */
export const WIDTH = 30;

export interface Slot {
  /** The first port of the slot that is free to use. */
  readonly base: number;
  release(): void;
}

/**
 * Ports for one system, however many run on this machine: below those that are given to outgoing connections, so that what
 * is stopped finds its port free when it is back. Begins where the process id says, and goes on to the next slot that nobody holds.
 */
export async function claimPorts(from = process.pid): Promise<Slot> {
  for (let n = 0; n < SLOTS; n++) {
    const port = FIRST + ((from + n) % SLOTS) * WIDTH;
    const held = await hold(port);
    if (held) return { base: port + 1, release: () => void held.close() };
  }
  throw new Error(`All ports from ${FIRST} to ${FIRST + SLOTS * WIDTH} are taken: end what uses them.`);
}

function hold(port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.unref();
    server.once('error', () => resolve(undefined));
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => resolve(server));
  });
}
