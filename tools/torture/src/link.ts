import { connect, createServer, type Server, type Socket } from 'node:net';

export type Direction = 'request' | 'response';

interface Pair {
  client: Socket;
  server: Socket;
  /** Whose connection it is, as its first bytes tell: a service's name, or empty. */
  owner: string;
  /** What is on its way in each direction, one behind another. */
  tail: Record<Direction, Promise<void>>;
  waiting: Record<Direction, number>;
}

/** What a faulty link does to the connections of one service, or of all where `owner` is null. */
export interface Trouble {
  owner: string | null;
  /** Milliseconds by which every piece is late. */
  delay?: number;
  /** What does not get through, as if the packets were lost; it is held, and comes when the trouble ends. */
  hold?: Direction;
  /** Ends the connection instead of handing on the next response, so many times. */
  dropResponses?: number;
}

const OWNERS = /voronka[-_](identity|leads|accounts|deals|tasks|analytics)/;

/** A TCP proxy on loopback that can be hurt. */
export class Link {
  private readonly pairs = new Set<Pair>();
  /** Each with the promise of its end. */
  private readonly troubles = new Map<Trouble, Promise<void>>();
  private server: Server | undefined;

  constructor(
    readonly port: number,
    private readonly target: number,
  ) {}

  /** Takes connections, again after `close`. */
  async open(): Promise<void> {
    if (this.server) return;
    const server = createServer((client) => this.join(client));
    this.server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host: '127.0.0.1', port: this.port }, resolve);
    });
  }

  /** Takes no more connections, and ends those there are: nothing listens here. */
  async close(): Promise<void> {
    const server = this.server;
    this.server = undefined;
    const closed = new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve()));
    this.cut(null);
    await closed;
  }

  /** Ends the connections of a service, or all. Answers how many. */
  cut(owner: string | null): number {
    const pairs = [...this.pairs].filter((pair) => owner === null || pair.owner === owner);
    for (const { client, server } of pairs) {
      client.resetAndDestroy();
      server.resetAndDestroy();
    }
    return pairs.length;
  }

  /** Begins a trouble; answers what ends it. What was held then goes through. */
  begin(trouble: Trouble): () => void {
    let over = (): void => undefined;
    this.troubles.set(trouble, new Promise((resolve) => (over = resolve)));
    return () => {
      this.troubles.delete(trouble);
      over();
    };
  }

  private join(client: Socket): void {
    const server = connect({ host: '127.0.0.1', port: this.target });
    const pair: Pair = {
      client,
      server,
      owner: '',
      tail: { request: Promise.resolve(), response: Promise.resolve() },
      waiting: { request: 0, response: 0 },
    };
    this.pairs.add(pair);
    const end = (): void => {
      this.pairs.delete(pair);
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) socket.setNoDelay(true).once('error', end).once('close', end);
    client.once('data', (bytes) => (pair.owner = OWNERS.exec(bytes.toString('latin1'))?.[1] ?? ''));
    client.on('data', (bytes) => this.pass(pair, 'request', bytes));
    server.on('data', (bytes) => this.pass(pair, 'response', bytes));
  }

  /** In the order they came, whatever ends or begins meanwhile: a stream has no other. */
  private pass(pair: Pair, direction: Direction, bytes: Buffer): void {
    if (this.troubles.size === 0 && pair.waiting[direction] === 0) return this.give(pair, direction, bytes);
    pair.waiting[direction] += 1;
    const due = Date.now() + Math.max(0, ...this.about(pair).map(({ delay = 0 }) => delay));
    pair.tail[direction] = pair.tail[direction].then(async () => {
      if (Date.now() < due) await sleep(due - Date.now());
      for (;;) {
        const holding = this.about(pair).find(({ hold }) => hold === direction);
        if (!holding) break;
        await this.troubles.get(holding);
      }
      pair.waiting[direction] -= 1;
      this.give(pair, direction, bytes);
    });
  }

  private give(pair: Pair, direction: Direction, bytes: Buffer): void {
    const to = direction === 'request' ? pair.server : pair.client;
    if (to.destroyed) return;
    const dropping =
      this.troubles.size > 0 &&
      direction === 'response' &&
      this.about(pair).find(({ dropResponses = 0 }) => dropResponses > 0);
    if (!dropping) return void to.write(bytes);
    dropping.dropResponses = (dropping.dropResponses ?? 0) - 1;
    pair.client.resetAndDestroy();
    pair.server.destroy();
  }

  private about(pair: Pair): Trouble[] {
    return [...this.troubles.keys()].filter(({ owner }) => owner === null || owner === pair.owner);
  }
}

const sleep = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));
