import type { Database } from './database.js';
import { StateLog, type Logger } from './logger.js';
import { Bell } from './pause.js';

const EVERY = 10 * 60_000;
/** Days an inbox row is kept. */
const KEPT = 7;
const ROWS = 5000;

const tryLock = `select pg_try_advisory_xact_lock(hashtextextended('inbox prune', 0)) as held`;
const prune = `
  delete from inbox where ctid = any(array(
    select i.ctid from inbox i
    where i.received_at < clock_timestamp() - make_interval(days => $1)
      and not exists (select from parked_event p where p.event_id = i.event_id)
    limit $2))`;

/**
 * Keeps the inbox small. What is pruned cannot have an effect again: an event that was handled has left its version in
 * `record_progress`, and one that comes again is not newer than that, under whatever id. An event that was not handled
 * has a row in `parked_event`, and its inbox row stays as long as that: one that an operator gave up stays given up.
 */
export class Pruner {
  private readonly bell = new Bell();
  private readonly state: StateLog;
  private running: Promise<void> | undefined;
  private stopping = false;

  constructor(
    private readonly database: Database,
    private readonly logger: Logger,
  ) {
    this.state = new StateLog(logger, 'The inbox cannot be pruned now', 'The inbox is pruned again');
  }

  start(): void {
    this.running ??= this.database.outside(() => this.run());
  }

  async stop(): Promise<void> {
    this.stopping = true;
    this.bell.wake();
    await this.running;
  }

  /** Deletes what is older than so many days, `rows` to a transaction, and answers how many; 0 while another instance is at it. */
  async prune(days = KEPT, rows = ROWS): Promise<number> {
    let pruned = 0;
    for (let more = true; more && !this.stopping;) {
      const count = await this.database.transaction(async () => {
        const { rows: lock } = await this.database.query<{ held: boolean }>({ name: 'prune-lock', text: tryLock });
        if (!lock[0]?.held) return 0;
        return (await this.database.query({ name: 'prune', text: prune, values: [days, rows] })).rowCount;
      });
      pruned += count;
      more = count === rows;
    }
    return pruned;
  }

  private async run(): Promise<void> {
    while (!this.stopping) {
      await this.bell.wait(EVERY);
      if (this.stopping) return;
      try {
        const pruned = await this.prune();
        if (pruned > 0) this.logger.info({ pruned }, 'The inbox was pruned');
        this.state.worked();
      } catch (error) {
        this.state.failed(error);
      }
    }
  }
}
