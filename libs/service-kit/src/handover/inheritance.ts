import type { HandoverEvents } from '@voronka/contracts';
import type { Heirloom } from '../record.js';
import type { RecordType } from '../store/table.js';

/** A noun that is handed over. What it says beside its class is SQL over the columns of its table, `t`. */
export interface Inheritance {
  readonly type: RecordType<Heirloom>;
  /** Whether it is work to be done. */
  readonly open: string;
  /** The id of the record that it goes with, to whoever has that one. */
  readonly kin?: string;
  readonly pipeline?: string;
  /** What it is told apart by where it is counted. */
  readonly status?: string;
  /** Whether it has an `amount` and a `currency`. */
  readonly valued?: boolean;
}

/** What a service hands over of somebody who leaves. */
export interface Handovers {
  /** What it tells of it. */
  readonly events: HandoverEvents;
  /** In this order, so that what others go with stands before them. */
  readonly nouns: readonly Inheritance[];
  /** The parts of other services whose records the own ones go with: those follow them, and the rest waits. */
  readonly after?: readonly HandoverEvents[];
}
export const HANDOVERS = Symbol('handovers');
