type Log = (facts: object, message: string) => void;

/** The part of a pino logger that this library uses. */
export interface Logger {
  debug: Log;
  info: Log;
  warn: Log;
  error: Log;
}

export const silentLogger: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** Says a state once when it changes, however often it is reported: an outage is two lines, not thousands. */
export class StateLog {
  private failing = false;
  constructor(
    private readonly logger: Logger,
    private readonly broken: string,
    private readonly mended: string,
  ) {}

  failed(error: unknown): void {
    if (!this.failing) this.logger.warn({ err: error }, this.broken);
    else this.logger.debug({ err: error }, this.broken);
    this.failing = true;
  }

  worked(): void {
    if (this.failing) this.logger.info({}, this.mended);
    this.failing = false;
  }
}
