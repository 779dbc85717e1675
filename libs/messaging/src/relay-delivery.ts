import { Refused } from './broker.js';
import type { OutboxRow } from './outbox-head.js';
import { nameOf, type Aside } from './relay-aside.js';

type Rows = readonly OutboxRow[];

/**
 * Sends rows in the order of each record. Where the broker refuses some for a reason of their own, it finds out which, sets
 * those aside and sends the others: topic by topic, and what is too large in halves.
 */
export class Delivery {
  constructor(
    private readonly publish: (rows: Rows) => Promise<void>,
    private readonly aside: Aside,
  ) {}

  /** Answers the rows that the broker has. Rejects where the broker is away: then all may be sent again. */
  send(rows: Rows): Promise<Rows> {
    return this.attempt(rows, new Set());
  }

  private async attempt(part: Rows, refused: Set<string>): Promise<Rows> {
    const rows = refused.size === 0 ? part : part.filter((row) => !refused.has(row.topic) && !refused.has(nameOf(row)));
    const [first] = rows;
    if (!first) return [];
    try {
      await this.publish(rows);
      return rows;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      const parts = split(rows, error);
      if (parts.length > 1) {
        const taken: Rows[] = [];
        for (const smaller of parts) taken.push(await this.attempt(smaller, refused));
        return taken.flat();
      }
      const place = error.single ? { topic: first.topic, key: first.key } : { topic: first.topic };
      refused.add(nameOf(place));
      this.aside.set(place, error);
      return [];
    }
  }
}

function split(rows: Rows, { single }: Refused): Rows[] {
  const topics = grouped(rows, ({ topic }) => topic);
  if (topics.length > 1 || !single) return topics;
  const middle = Math.ceil(rows.length / 2);
  return [rows.slice(0, middle), rows.slice(middle)].filter((half) => half.length > 0);
}

/** In the order in which each group first comes; the rows themselves where they are one group. */
function grouped(rows: Rows, by: (row: OutboxRow) => string): Rows[] {
  const groups = new Map<string, OutboxRow[]>();
  for (const row of rows) {
    const name = by(row);
    const group = groups.get(name);
    if (group) group.push(row);
    else groups.set(name, [row]);
  }
  return groups.size > 1 ? [...groups.values()] : [rows];
}
