import type { Database } from '@voronka/messaging';
import type { Logger } from './logger.js';

/** Seconds by which two clocks may differ before it is said. */
const MOST = 5;

/**
 * Compares this machine's clock with the database's. By them a gateway's word counts for a minute, sessions and covers end, tasks
 * fall due, and it is reckoned how old what waits is.
 */
export class ClockWatch {
  private seconds = 0;

  constructor(
    private readonly database: Pick<Database, 'query'>,
    private readonly logger: Pick<Logger, 'warn' | 'info'>,
    private readonly now = Date.now,
  ) {}

  /** Seconds by which this clock was ahead at the last look, those less that the answer took on its way. */
  get ahead(): number {
    return this.seconds;
  }

  /** What is wrong with it, and the mend. */
  get trouble(): string | null {
    const { seconds } = this;
    if (Math.abs(seconds) <= MOST) return null;
    return `The clock of this machine is ${Math.abs(seconds).toFixed(1)} s ${seconds > 0 ? 'ahead of' : 'behind'} the database’s: have NTP set both (chronyc tracking, timedatectl). Until then people may be refused, and what is due comes at the wrong time`;
  }

  /** Rejects where the database does not answer. */
  async look(): Promise<void> {
    const before = this.now();
    const { rows } = await this.database.query<{ now: Date }>({ text: 'select clock_timestamp() as now' });
    const after = this.now();
    const there = rows[0]!.now.getTime();
    const wrong = this.trouble !== null;
    this.seconds = (Math.max(before - there, 0) + Math.min(after - there, 0)) / 1000;
    const { trouble } = this;
    if (trouble && !wrong) this.logger.warn({ seconds: this.seconds }, trouble);
    if (!trouble && wrong) this.logger.info({}, 'The clocks agree again');
  }
}
