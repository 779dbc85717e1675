import type { Database } from './database.js';
import { StateLog, type Logger } from './logger.js';
import { Bell } from './pause.js';
import type { ParkedEvents } from './parked.js';

/** Tries parked events again when their time has come. Every instance of a service may run one: a record is taken by one of them. */
export class Retrier {
  private readonly bell = new Bell();
  private readonly state: StateLog;
  private running: Promise<void> | undefined;
  private stopping = false;

  constructor(
    private readonly database: Database,
    private readonly parked: ParkedEvents,
    logger: Logger,
  ) {
    this.state = new StateLog(logger, 'Parked events cannot be tried again now', 'Parked events are tried again');
  }

  start(): void {
    this.running ??= this.database.outside(() => this.run());
  }

  async stop(): Promise<void> {
    this.stopping = true;
    this.bell.wake();
    await this.running;
  }

  private async run(): Promise<void> {
    while (!this.stopping) {
      try {
        const records = await this.parked.dueRecords();
        for (const record of records) {
          if (this.stopping) return;
          await this.parked.release(record);
        }
        this.state.worked();
      } catch (error) {
        this.state.failed(error);
      }
      await this.bell.wait(1000);
    }
  }
}
