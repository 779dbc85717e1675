import { Agent, request, type ClientRequest, type IncomingMessage } from 'node:http';

/** Why no answer came. `sent`: the service may have done what was asked although nobody heard of it. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
  constructor(
    readonly reason: 'unreachable' | 'timeout' | 'too-large' | 'broken',
    readonly sent: boolean,
    options?: ErrorOptions,
  ) {
    super(`no answer: ${reason}`, options);
  }
}

export interface Answer {
  readonly status: number;
  readonly text: string;
}

export interface PosterOptions {
  /** The longest answer to one operation that is read, in bytes. */
  readonly maxBytes: number;
}

/**
 * Posts JSON to services over connections that are kept and reused, the warmest first. It does no more than that, which
 * is its point: Apollo's own fetcher was the gateway's largest cost.
 */
export class Poster {
  private readonly agent = new Agent({ keepAlive: true, scheduling: 'lifo', maxSockets: 256, maxFreeSockets: 256 });
  readonly maxBytes: number;

  constructor({ maxBytes }: PosterOptions) {
    this.maxBytes = maxBytes;
  }

  /** What becomes of it, its caller hears from its events. */
  post(url: URL, body: string): ClientRequest {
    const outgoing = request({
      agent: this.agent,
      method: 'POST',
      host: url.hostname,
      port: url.port,
      path: url.pathname,
      headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
    });
    outgoing.end(body);
    return outgoing;
  }

  /**
   * Asks for what may be long, and answers once its head is there; throws `NoAnswer`. It ends when nothing moves for
   * `idleMs`, and then as everything that breaks later: the stream breaks. Its connection is its own, so that those that
   * are kept stay free.
   */
  open({
    url,
    headers,
    idleMs,
  }: {
    url: URL;
    headers: Record<string, string>;
    idleMs: number;
  }): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const outgoing = request(url, { agent: false, headers }, resolve);
      outgoing.setTimeout(idleMs, () => outgoing.destroy(new NoAnswer('timeout', true)));
      outgoing.on('error', (error) =>
        reject(error instanceof NoAnswer ? error : new NoAnswer('unreachable', false, { cause: error })),
      );
      outgoing.end();
    });
  }

  close(): void {
    this.agent.destroy();
  }
}
