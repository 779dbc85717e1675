/** Milliseconds between two attempts to raise the floor. */
const LOOK = 1000;
/** Milliseconds between two reads from the very beginning, where nothing waits. */
const FROM_BEGINNING = 10_000;

interface Look {
  /** The id that was drawn last, asked before the snapshot was taken. */
  readonly drawn: number;
  /** The first transaction that was at work in the snapshot, and the first that had not begun. */
  readonly xmin: number;
  readonly xmax: number;
  /** The first row found, if any, in the same snapshot. */
  readonly first: number | undefined;
}

/**
 * The id up to which there is nothing to be read any more, so that reads need not pass again and again what has been
 * removed and cannot be cleared away while somebody holds an old snapshot (a dump), or what is left for now. An id that was
 * drawn can appear as long as its transaction is at work: the floor rises to ids whose transactions have all ended.
 */
export class OutboxFloor {
  /** Reads begin above it. */
  id = Number.MIN_SAFE_INTEGER;
  private next: { id: number; xid: number } | undefined;
  private lookedAt = -Infinity;
  private resetAt = -Infinity;

  constructor(private readonly now: () => number = () => performance.now()) {}

  due(): boolean {
    return this.now() - this.lookedAt >= LOOK;
  }

  /** Told of a read from the floor. Whoever writes to the outbox has a transaction id before he draws ids of rows. */
  look({ drawn, xmin, xmax, first }: Look): void {
    this.lookedAt = this.now();
    const { next } = this;
    if (next && xmin >= next.xid) {
      this.id = Math.max(this.id, first === undefined ? next.id : Math.min(next.id, first - 1));
      this.next = undefined;
    }
    this.next ??= { id: drawn, xid: xmax };
  }

  /** Call where nothing waits at all: for rows that came by another way than ours. */
  resetSometimes(): void {
    if (this.now() - this.resetAt >= FROM_BEGINNING) this.reset();
  }

  /** Something that was left is to be read: it may be anywhere. */
  reset(): void {
    this.id = Number.MIN_SAFE_INTEGER;
    this.resetAt = this.now();
  }
}
