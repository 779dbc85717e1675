import { Agent, request, type IncomingMessage } from 'node:http';

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

export interface Call {
  readonly url: URL;
  readonly headers: Record<string, string>;
  readonly body: string;
  /** The longest it may take from first byte sent to last byte read. */
  readonly timeoutMs: number;
  /** Whether it may be made twice. */
  readonly repeat: boolean;
}

export interface PosterOptions {
  /** The longest answer that is read, in bytes. */
  readonly maxBytes: number;
}

/** Connections that were refused or broken before the request could be read: nothing happened at the other end. */
const neverSent = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL']);

/**
 * Posts JSON to services over connections that are kept and reused, the warmest first. It does no more than that, which
 * is its point: Apollo's own fetcher was the gateway's largest cost.
 */
export class Poster {
  private readonly agent = new Agent({ keepAlive: true, scheduling: 'lifo', maxSockets: 256, maxFreeSockets: 256 });

  constructor(private readonly options: PosterOptions) {}

  /**
   * Posts and reads the whole answer within `timeoutMs`; throws `NoAnswer`. A call that is safe to `repeat` is made once more when the
   * kept connection turns out to be closed, as it is after a service has restarted.
   */
  async post(call: Call): Promise<Answer> {
    try {
      return await this.send(call);
    } catch (error) {
      if (error instanceof StaleConnection && call.repeat) return this.send(call);
      throw error;
    }
  }

  /**
   * Asks for what may be long, and answers once its head is there; throws `NoAnswer`. It ends when nothing moves for
   * `idleMs`, and then as everything that breaks later: the stream breaks. Its connection is its own, so that those that
   * are kept stay free.
   */
  open({ url, headers, idleMs }: Pick<Call, 'url' | 'headers'> & { idleMs: number }): Promise<IncomingMessage> {
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

  private send({ url, headers, body, timeoutMs }: Call): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const { maxBytes } = this.options;
      let failure: NoAnswer | undefined;
      const outgoing = request({
        agent: this.agent,
        method: 'POST',
        host: url.hostname,
        port: url.port,
        path: url.pathname,
        headers: { ...headers, 'content-length': Buffer.byteLength(body) },
      });
      const giveUp = (reason: NoAnswer['reason']) => {
        failure = new NoAnswer(reason, true);
        outgoing.destroy();
        reject(failure);
      };
      const timer = setTimeout(giveUp, timeoutMs, 'timeout');
      outgoing.on('close', () => clearTimeout(timer));
      outgoing.on('error', (error: NodeJS.ErrnoException) => {
        if (failure) return;
        if (neverSent.has(error.code ?? '')) reject(new NoAnswer('unreachable', false, { cause: error }));
        else if (outgoing.reusedSocket) reject(new StaleConnection('broken', true, { cause: error }));
        else reject(new NoAnswer('broken', true, { cause: error }));
      });
      outgoing.on('response', (incoming) => {
        const chunks: Buffer[] = [];
        let size = 0;
        incoming.on('data', (chunk: Buffer) => {
          size += chunk.length;
          if (size > maxBytes) giveUp('too-large');
          else chunks.push(chunk);
        });
        incoming.on('error', (error) => reject(failure ?? new NoAnswer('broken', true, { cause: error })));
        incoming.on('end', () => {
          const bytes = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, size);
          resolve({ status: incoming.statusCode ?? 0, text: bytes.toString('utf8') });
        });
      });
      outgoing.end(body);
    });
  }
}

class StaleConnection extends NoAnswer {}
