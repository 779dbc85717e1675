import { connect, type Socket } from 'node:net';

const END_OF_HEAD = Buffer.from('\r\n\r\n');
const NOTHING = Buffer.alloc(0);

/**
 * One kept connection to a GraphQL over HTTP, with one question under way at a time. It reads no more of HTTP than
 * the answers that are measured have, so that asking costs little beside what it measures.
 */
export class Connection {
  private socket: Socket | undefined;
  private received: Buffer = NOTHING;
  private waiting: { resolve(answer: string): void; reject(error: Error): void } | undefined;

  constructor(private readonly url: URL) {}

  /** Answers the body of the answer, whatever its status. Rejects where the connection breaks. */
  ask(body: string, token: string): Promise<string> {
    const socket = (this.socket ??= this.open());
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
      socket.write(
        `POST ${this.url.pathname} HTTP/1.1\r\nhost: ${this.url.host}\r\ncontent-type: application/json\r\n` +
          `authorization: Bearer ${token}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
      );
    });
  }

  end(): void {
    this.socket?.destroy();
    this.socket = undefined;
  }

  private open(): Socket {
    const socket = connect({ host: this.url.hostname, port: Number(this.url.port), noDelay: true });
    const broken = (error?: Error) => {
      if (this.socket === socket) this.socket = undefined;
      this.received = NOTHING;
      this.waiting?.reject(error ?? new Error('The connection was closed before the answer.'));
      this.waiting = undefined;
    };
    socket.on('data', (part: Buffer) => this.take(part)).once('error', broken);
    return socket.once('close', () => broken());
  }

  private take(part: Buffer): void {
    this.received = this.received.length === 0 ? part : Buffer.concat([this.received, part]);
    const head = this.received.indexOf(END_OF_HEAD);
    if (head < 0) return;
    const length = /\r\ncontent-length: *(\d+)/i.exec(this.received.toString('latin1', 0, head))?.[1];
    if (length === undefined) return void this.socket?.destroy(new Error('An answer did not say its length.'));
    const from = head + END_OF_HEAD.length;
    const end = from + Number(length);
    if (this.received.length < end) return;
    const answer = this.received.toString('utf8', from, end).trimEnd();
    this.received = this.received.subarray(end);
    const { waiting } = this;
    this.waiting = undefined;
    waiting?.resolve(answer);
  }
}
