import { StateLog, type Logger } from './logger.js';
import { Bell } from './pause.js';
import type { Trouble } from './trouble.js';

const AGAIN_MS = 500;

/** How a broker makes topics that must be there: again and again, saying what is in the way, until they are. */
export class TopicMaking {
  private readonly log: StateLog;
  private readonly bell = new Bell();
  private stopped = false;

  constructor(logger: Logger) {
    this.log = new StateLog(logger, 'Topics cannot be made yet; trying again', 'Topics are there');
  }

  /** What is in the way; null where nothing is. */
  get trouble(): Trouble | null {
    return this.log.trouble;
  }

  /** Resolves when `make` has; rejects once it is stopped before. */
  async until(make: () => Promise<unknown>): Promise<void> {
    while (!this.stopped) {
      try {
        await make();
        return this.log.worked();
      } catch (error) {
        this.log.failed(error);
        await this.bell.wait(AGAIN_MS);
      }
    }
    throw new Error('The broker was closed before its topics were there.');
  }

  stop(): void {
    this.stopped = true;
    this.bell.wake();
  }
}
