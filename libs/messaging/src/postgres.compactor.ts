import type { Database } from './database.js';
import { StateLog, type Logger } from './logger.js';
import { Bell } from './pause.js';

const EVERY = 10 * 60_000;
/** Days that a tombstone is kept, as on Kafka: for readers who have the record. */
const KEPT = 7;

/** As with Kafka, when a fifth of what was kept has come since, and at the latest after a day. */
const due = `
  select topic, partition, next_offset as "end" from bus_compact join bus_partition using (topic, partition)
  where next_offset - upto >= greatest(kept / 5, 1)
    or (next_offset > upto and compacted_at < now() - interval '1 day')
  order by topic, partition`;

/**
 * Of each key the last message below an offset stays. The last one of the partition stays in any case: a reader whose
 * position is before the end finds something there. Another process at the same partition is not waited for.
 */
const compact = `
  with mine as (
    select topic, partition from bus_compact where topic = $1 and partition = $2 for update skip locked
  ), newest as materialized (
    select m.key, max(m."offset") as "offset" from bus_message m join mine using (topic, partition)
    where m."offset" < $3 group by m.key
  ), gone as (
    delete from bus_message m using newest n
    where m.topic = $1 and m.partition = $2 and m.key = n.key and (
      m."offset" < n."offset"
      or (m."offset" = n."offset" and m."offset" < $3 - 1 and m.value is null
        and m.appended_at < now() - make_interval(days => $4))
    )
    returning 1
  )
  update bus_compact c set upto = $3, compacted_at = now(), kept = (select count(*) from newest)
  from mine where c.topic = mine.topic and c.partition = mine.partition
  returning (select count(*)::int from gone) as gone`;

/** Deletes from the log in PostgreSQL, now and then, what newer messages of the same key have replaced; of topics that are declared so. */
export class Compactor {
  private readonly bell = new Bell();
  private readonly state: StateLog;
  private running: Promise<void> | undefined;
  private stopping = false;

  constructor(
    private readonly database: Database,
    private readonly logger: Logger,
  ) {
    this.state = new StateLog(logger, 'The log cannot be compacted now', 'The log is compacted again');
  }

  start(): void {
    this.running ??= this.database.outside(() => this.run());
  }

  async stop(): Promise<void> {
    this.stopping = true;
    this.bell.wake();
    await this.running;
  }

  /** Compacts what is due, a transaction for each partition, and answers how many messages are gone. */
  async compact(days = KEPT): Promise<number> {
    let gone = 0;
    const { rows } = await this.database.query<{ topic: string; partition: number; end: number }>({ text: due });
    for (const { topic, partition, end } of rows) {
      if (this.stopping) break;
      const values = [topic, partition, end, days];
      const { rows: done } = await this.database.query<{ gone: number }>({ text: compact, values });
      gone += done[0]?.gone ?? 0;
    }
    return gone;
  }

  private async run(): Promise<void> {
    while (!this.stopping) {
      await this.bell.wait(EVERY);
      if (this.stopping) return;
      try {
        const gone = await this.compact();
        if (gone > 0) this.logger.info({ gone }, 'The log was compacted');
        this.state.worked();
      } catch (error) {
        this.state.failed(error);
      }
    }
  }
}
