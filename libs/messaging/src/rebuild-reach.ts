import type { Batch, Place } from './broker.js';
import type { BrokerView, Stretch } from './broker-view.js';
import { RebuildFailure } from './rebuild-session.js';

/** How far a reader has come in topics that it reads from their beginning. */
export class RebuildReach {
  /** The first offset that was not taken, by partition. */
  private readonly positions = new Map<string, number>();
  /** What there is, as the broker said last. */
  private extents: readonly Stretch[] = [];
  /** What there was when all of what there had been before was taken. */
  private mark: readonly Stretch[] = [];
  private unknown: string | null = 'the broker to answer';

  constructor(
    private readonly view: BrokerView,
    private readonly topics: readonly string[],
  ) {}

  taken(batch: Batch): void {
    this.positions.set(nameOf(batch), Math.max(batch.next, this.positions.get(nameOf(batch)) ?? 0));
  }

  /** Asks the broker how much there is. Throws RebuildFailure where a topic has lost its beginning. */
  async look(): Promise<void> {
    const { whole } = this;
    try {
      this.extents = await this.view.extents(this.topics);
      if (whole || this.mark.length === 0) this.mark = this.extents;
    } catch {
      this.unknown = 'the broker to answer';
      return;
    }
    const missing = this.topics.filter((topic) => !this.extents.some((extent) => extent.topic === topic));
    this.unknown =
      missing.length > 0 ? `${missing.join(', ')}: the broker has no such topic, whoever writes to it makes it` : null;
    const begun = this.extents.find(({ from }) => from > 0);
    if (begun) {
      throw new RebuildFailure(
        `Partition ${begun.partition} of ${begun.topic} begins at offset ${begun.from}: what was there before is gone, so nothing can be rebuilt from it.`,
      );
    }
  }

  /** Why it is not known how much there is; null where it is. */
  get waitsFor(): string | null {
    return this.unknown;
  }

  /** Whether all was taken that was there when the broker was asked last, or when this was so before: a reader that is always a little behind gets there. */
  get whole(): boolean {
    return this.unknown === null && this.mark.every((extent) => this.positionOf(extent) >= extent.to);
  }

  get messages(): { readonly taken: number; readonly known: number } {
    let taken = 0;
    let known = 0;
    for (const extent of this.extents) {
      const position = this.positionOf(extent);
      taken += position;
      known += Math.max(position, extent.to);
    }
    return { taken, known };
  }

  private positionOf(place: Place): number {
    return this.positions.get(nameOf(place)) ?? 0;
  }
}

const nameOf = ({ topic, partition }: Place) => `${topic}/${partition}`;
