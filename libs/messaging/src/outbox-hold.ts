import type pg from 'pg';

/** Milliseconds between two looks at the table. */
const LOOK = 250;

/**
 * Topics that an operator has asked to be held: nothing is taken to them from the outbox until he lifts the hold or it runs
 * out. `seen_at` is the relay's answer: from then on nothing of the topic is on its way, and what comes later will
 * be sent by a producer that has looked at the topic anew.
 */
export class OutboxHolds {
  topics: readonly string[] = [];
  private lookedAt = -Infinity;

  constructor(private readonly connection: pg.Client) {}

  /** Looks again where that is due. True where a hold waits for the answer. */
  async look(): Promise<boolean> {
    const now = performance.now();
    if (now - this.lookedAt < LOOK) return false;
    this.lookedAt = now;
    const { rows } = await this.connection.query<{ topic: string; seen: boolean }>({
      name: 'outbox-holds',
      text: 'select topic, seen_at is not null as seen from outbox_hold where until > clock_timestamp()',
    });
    this.topics = rows.map(({ topic }) => topic);
    return rows.some(({ seen }) => !seen);
  }

  /** Call where nothing is on its way, read or sent, and the producer is closed. */
  async answer(): Promise<void> {
    const text = 'update outbox_hold set seen_at = clock_timestamp() where seen_at is null and topic = any($1)';
    await this.connection.query({ text, values: [this.topics] });
  }
}
