import type { IncomingMessage } from 'node:http';
import type { Answer, Poster } from './http.js';
import { NoAnswer } from './http.js';

/** Operations in one POST at most, and bytes of them, so that a service reads none for long before it begins with the first. */
const MOST = 24;
const MOST_BYTES = 1024 * 1024;
/**
 * POSTs at most of which nothing was heard yet; beyond them operations gather, which is what makes them cheap: with one, a card
 * cost two thirds and a page a little more than half of what they cost with six.
 */
const UNHEARD = 1;
/** After so many milliseconds a POST holds nobody up: what it asks for may take long. */
const PATIENCE_MS = 25;

const [NEW_LINE, SPACE] = [0x0a, 0x20];

export interface Operation {
  /** As a service reads it: `{ headers, query, variables, operationName }` in JSON. */
  readonly body: string;
  /** The longest it may take, waiting included. */
  readonly timeoutMs: number;
  /** Whether it may be sent twice. */
  readonly repeat: boolean;
}

/** An operation under way. It ends once; what comes afterwards is not heard. */
class Asked {
  /** The POST it went with. */
  post: Post | null = null;
  repeated = false;
  ended = false;
  private readonly timer: NodeJS.Timeout;

  constructor(
    readonly operation: Operation,
    private readonly resolve: (answer: Answer) => void,
    private readonly reject: (reason: NoAnswer) => void,
  ) {
    this.timer = setTimeout(() => this.giveUp('timeout'), operation.timeoutMs);
  }

  answer(answer: Answer): void {
    if (this.end()) this.resolve(answer);
  }

  fail(reason: NoAnswer): void {
    if (this.end()) this.reject(reason);
  }

  giveUp(reason: NoAnswer['reason']): void {
    this.fail(new NoAnswer(reason, this.post !== null));
    this.post?.abandon();
  }

  private end(): boolean {
    if (this.ended) return false;
    clearTimeout(this.timer);
    return (this.ended = true);
  }
}

/**
 * The way to one service. What is asked in one turn of the event loop goes as one POST, and is answered operation by operation
 * as each is done: a line each, its place in the POST and its answer. What becomes of one operation, its neighbours do not feel:
 * each has its own time, its own identity and its own limit of bytes.
 */
export class Line {
  private waiting: Asked[] = [];
  private unheard = 0;
  private gathering = false;

  constructor(
    private readonly url: URL,
    private readonly poster: Poster,
  ) {}

  /** Rejects with `NoAnswer`. */
  ask(operation: Operation): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.waiting.push(new Asked(operation, resolve, reject));
      this.gather();
    });
  }

  private gather(): void {
    if (this.gathering) return;
    this.gathering = true;
    setImmediate(() => {
      this.gathering = false;
      this.flush();
    });
  }

  private flush(): void {
    while (this.unheard < UNHEARD) {
      const together = this.next();
      if (together.length === 0) return;
      this.unheard++;
      const heard = () => {
        this.unheard--;
        this.flush();
      };
      new Post(this.url, this.poster, together, heard, (again) => {
        this.waiting.unshift(...again);
        this.gather();
      });
    }
  }

  /** Those that have waited longest. */
  private next(): Asked[] {
    this.waiting = this.waiting.filter(({ ended }) => !ended);
    let bytes = 0;
    const over = this.waiting.findIndex(
      ({ operation }, i) => i === MOST || ((bytes += operation.body.length) > MOST_BYTES && i > 0),
    );
    return this.waiting.splice(0, over < 0 ? this.waiting.length : over);
  }
}

/** One POST of several operations. */
class Post {
  private readonly outgoing;
  private readonly patience: NodeJS.Timeout;
  private unheard = true;
  private answered = false;

  constructor(
    url: URL,
    private readonly poster: Poster,
    private readonly together: readonly Asked[],
    private readonly heard: () => void,
    private readonly again: (operations: readonly Asked[]) => void,
  ) {
    for (const asked of together) asked.post = this;
    this.patience = setTimeout(() => this.hear(), PATIENCE_MS);
    this.outgoing = poster.post(url, `[${together.map(({ operation }) => operation.body).join(',')}]`);
    this.outgoing.on('response', (incoming) => this.read(incoming));
    this.outgoing.on('error', (error: NodeJS.ErrnoException) => this.broken(error));
  }

  /** Ends it where nobody waits for it any more. */
  abandon(): void {
    if (this.together.every(({ ended }) => ended)) this.outgoing.destroy();
  }

  private hear(): void {
    if (!this.unheard) return;
    this.unheard = false;
    clearTimeout(this.patience);
    this.heard();
  }

  private read(incoming: IncomingMessage): void {
    this.answered = true;
    const { statusCode: status = 0 } = incoming;
    incoming.on('error', (error) => this.broken(error));
    if (status !== 200) {
      for (const asked of this.together) asked.answer({ status, text: '' });
      incoming.resume().on('end', () => this.hear());
      return;
    }
    const lines = new Lines(this.poster.maxBytes, {
      line: (place, text) => {
        this.hear();
        this.together[place]?.answer({ status, text });
      },
      tooLarge: (place) => this.together[place]?.giveUp('too-large'),
    });
    incoming.on('data', (chunk: Buffer) => lines.add(chunk));
    incoming.on('end', () => this.broken(new Error('It ended before all was answered.')));
  }

  private broken(error: NodeJS.ErrnoException): void {
    const open = this.together.filter(({ ended }) => !ended);
    const never = !this.answered && neverSent.has(error.code ?? '');
    // A kept connection that turns out to be closed, as it is after a service has restarted.
    const stale = !this.answered && this.outgoing.reusedSocket;
    const repeatable = open.filter(({ operation, repeated }) => stale && !never && operation.repeat && !repeated);
    for (const asked of repeatable) asked.repeated = true;
    const reason = () => new NoAnswer(never ? 'unreachable' : 'broken', !never, { cause: error });
    for (const asked of open) if (!repeatable.includes(asked)) asked.fail(reason());
    if (repeatable.length > 0) this.again(repeatable);
    this.hear();
  }
}

/** Connections that were refused or broken before the request could be read: nothing happened at the other end. */
const neverSent = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL']);

/** Bytes as lines `<place> <text>`. Of a line that is longer than it may be nothing is kept. */
class Lines {
  private parts: Buffer[] = [];
  private size = 0;
  private skipping = false;

  constructor(
    private readonly maxBytes: number,
    private readonly on: { line: (place: number, text: string) => void; tooLarge: (place: number) => void },
  ) {}

  add(chunk: Buffer): void {
    let begin = 0;
    for (let end = chunk.indexOf(NEW_LINE); end >= 0; end = chunk.indexOf(NEW_LINE, begin)) {
      this.keep(chunk.subarray(begin, end));
      this.end();
      begin = end + 1;
    }
    if (begin < chunk.length) this.keep(chunk.subarray(begin));
  }

  private keep(part: Buffer): void {
    if (this.skipping) return;
    this.parts.push(part);
    this.size += part.length;
    if (this.size <= this.maxBytes) return;
    const { place } = split(Buffer.concat(this.parts, Math.min(this.size, 16)));
    this.parts = [];
    this.skipping = true;
    this.on.tooLarge(place);
  }

  private end(): void {
    if (!this.skipping) {
      const { place, text } = split(this.parts.length === 1 ? this.parts[0]! : Buffer.concat(this.parts, this.size));
      this.on.line(place, text);
    }
    this.parts = [];
    this.size = 0;
    this.skipping = false;
  }
}

function split(line: Buffer): { place: number; text: string } {
  const space = line.indexOf(SPACE);
  return { place: Number(line.toString('latin1', 0, space)), text: line.toString('utf8', space + 1) };
}
