import { namesOf } from '@voronka/contracts';
import type { Trouble } from './trouble.js';

type Log = (facts: object, message: string) => void;

/** The part of a pino logger that this library uses. */
export interface Logger {
  debug: Log;
  info: Log;
  warn: Log;
  error: Log;
}

export const silentLogger: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** Says a state once when it changes, and each new reason once, however often it is reported: an outage is two lines, not thousands. */
export class StateLog {
  private readonly reasons = new Set<string>();
  private failing: Trouble | null = null;
  constructor(
    private readonly logger: Logger,
    private readonly broken: string,
    private readonly mended: string,
  ) {}

  failed(error: unknown): void {
    const reason = namesOf(error).at(-1) ?? '';
    this.logger[this.reasons.has(reason) ? 'debug' : 'warn']({ err: error }, this.broken);
    this.reasons.add(reason);
    this.failing = { what: this.broken, error };
  }

  worked(): void {
    if (this.failing) this.logger.info({}, this.mended);
    this.failing = null;
    this.reasons.clear();
  }

  /** Null while it works, and before anything was said. */
  get trouble(): Trouble | null {
    return this.failing;
  }
}
