import type { Batch, Place, Reached } from './broker.js';

/** What waits for this process on one topic. */
export interface TopicLag {
  readonly topic: string;
  /** Offsets between what was taken and the end of the partitions, as far as this process has heard of it. */
  readonly messages: number;
  /** How long the oldest of those has been on the topic; 0 where nothing waits. */
  readonly seconds: number;
}

interface Known extends Reached {
  /** When the message at `next` was appended, or when it was first known to wait; null where nothing waits. */
  readonly since: number | null;
}

/**
 * How far one process is behind with the partitions it reads, told by the batches it was given, and by the broker where
 * that is asked. A batch counts until it was taken whole, so one that fails again and again grows old here.
 */
export class Backlog {
  private readonly places = new Map<string, Known>();

  /** A batch is about to be taken; the same may come again. */
  given({ topic, partition, messages, next, end }: Batch): void {
    const first = messages[0];
    const since = first ? (first.appendedAt ?? Date.now()) : null;
    this.reached({ topic, partition }, first?.offset ?? next, end, since);
  }

  taken(batch: Batch): void {
    const { topic, partition, messages, next, end } = batch;
    // What follows came about when the last one did: it is given next, with its own time.
    if (!batch.stopping()) this.reached({ topic, partition }, next, end, messages.at(-1)?.appendedAt ?? Date.now());
  }

  /** What the broker says of partitions: some have given nothing yet, as long as others are stuck. */
  asked(partitions: readonly Reached[]): void {
    for (const place of partitions) {
      const known = this.places.get(nameOf(place));
      this.reached(place, known?.next ?? place.next, place.end, known?.since ?? Date.now());
    }
  }

  /** These are this process's partitions now; the others are no concern of it any more. */
  keep(partitions: readonly Place[]): void {
    const kept = new Set(partitions.map(nameOf));
    for (const name of this.places.keys()) if (!kept.has(name)) this.places.delete(name);
  }

  /** Of those topics, in their order. */
  of(topics: readonly string[], now = Date.now()): TopicLag[] {
    return topics.map((topic) => {
      const waiting = [...this.places.values()].filter((place) => place.topic === topic && place.end > place.next);
      const messages = waiting.reduce((sum, { next, end }) => sum + end - next, 0);
      const ages = waiting.map(({ since }) => (since === null ? 0 : (now - since) / 1000));
      return { topic, messages, seconds: Math.max(0, ...ages) };
    });
  }

  private reached(place: Place, next: number, end: number, since: number | null): void {
    const known = Math.max(end, next, this.places.get(nameOf(place))?.end ?? 0);
    this.places.set(nameOf(place), {
      topic: place.topic,
      partition: place.partition,
      next,
      end: known,
      since: known > next ? since : null,
    });
  }
}

const nameOf = ({ topic, partition }: Place): string => `${topic}/${partition}`;
