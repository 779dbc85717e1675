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
  async send(rows: Rows): Promise<Rows> {
    const refused = new Set<string>();
    // What was refused last time goes alone, so that nothing else must be sent twice for it.
    return this.each(
      grouped(rows, (row) => this.aside.placeOf(row) ?? ''),
      refused,
    );
  }

  private async each(parts: readonly Rows[], refused: Set<string>): Promise<Rows> {
    const taken: Rows[] = [];
    for (const part of parts) taken.push(await this.attempt(part, refused));
    return taken.length === 1 && taken[0] ? taken[0] : taken.flat();
  }

  private async attempt(part: Rows, refused: Set<string>): Promise<Rows> {
    const rows = refused.size === 0 ? part : part.filter((row) => !refused.has(row.topic) && !refused.has(nameOf(row)));
    const [first] = rows;
    if (!first) return [];
    try {
      await this.publish(rows);
      this.aside.taken(rows);
      return rows;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      const smaller = split(rows, error);
      if (smaller.length > 1) return this.each(smaller, refused);
      const key = error.tooLarge ? first.key : undefined;
      refused.add(nameOf({ topic: first.topic, key }));
      this.aside.set(first.topic, key, error);
      return [];
    }
  }
}

function split(rows: Rows, { tooLarge }: Refused): Rows[] {
  const topics = grouped(rows, ({ topic }) => topic);
  if (topics.length > 1 || !tooLarge) return topics;
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
