import type { Ground } from './ground.js';
import type { Distribution } from './latency.js';
import type { Memory } from './memory.js';

export type Figures = Readonly<Record<string, number>>;

/** What is wanted of a measure; `ofFloor` is a share of its first floor in the same run. */
export type Goal = { readonly atLeast: number } | { readonly atMost: number } | { readonly ofFloor: number };

export interface Measure {
  readonly name: string;
  readonly unit: string;
  readonly better: 'more' | 'less';
  readonly goal?: Goal;
  /** The floors it is set beside, by their keys; a ratio is told for each. */
  readonly floors?: readonly string[];
}

/** What a bare client, which does nothing of ours, reaches on the same machine in the same run. */
export interface Floor {
  readonly name: string;
  readonly unit: string;
}

/** `full` is what may be published, `small` is for work on the code, `smoke` for the tests: no time means anything there. */
export const sizeNames = ['full', 'small', 'smoke'] as const;
export type SizeName = (typeof sizeNames)[number];
export type Sizes = Readonly<Record<string, number>>;

/** What one run found. */
export interface Outcome {
  /** By the keys of the scenario's measures. */
  readonly figures: Figures;
  /** Floors that were measured in turns with the figures. */
  readonly floors?: Figures;
  /** CPU milliseconds by process, for one `per` of the scenario. */
  readonly cpu?: Figures;
  /** What each process held at the end. */
  readonly memory?: Readonly<Record<string, Memory>>;
  /** By name, for the plots. */
  readonly distributions?: Readonly<Record<string, Distribution>>;
  /** By name, what one costs at each size of the data, in CPU milliseconds: for the plot of growth. */
  readonly growth?: Readonly<Record<string, readonly (readonly [size: number, milliseconds: number])[]>>;
  /** What a reader should know beside the figures: sizes as they came out, repeats, waits. */
  readonly notes?: Readonly<Record<string, number | string>>;
}

/** A scenario made ready for one run. The parts are called in this order, each once; what they started ends with the ground. */
export interface Prepared {
  /** Floors that are measured before. */
  floor?(): Promise<Figures>;
  run(): Promise<Outcome>;
  /** What is wrong with the answers, as sentences; none where everything is right. A wrong fast answer is a failure. */
  check(): Promise<string[]>;
}

/** Something whose speed is claimed. */
export interface Scenario<S extends Sizes = Sizes> {
  readonly name: string;
  /** The section of the report it stands in; also what several are run by. */
  readonly group: string;
  readonly title: string;
  /** What is done, and from where to where it is measured: a paragraph for the report. */
  readonly what: string;
  /** What CPU is counted for: `event`, `write`, `request`. */
  readonly per: string;
  readonly measures: Readonly<Record<string, Measure>>;
  readonly floors: Readonly<Record<string, Floor>>;
  readonly sizes: Readonly<Record<SizeName, S>>;
  /** One run of the full size ends within these minutes, or is given up. */
  readonly minutes: number;
  prepare(ground: Ground, sizes: S): Promise<Prepared>;
}

/** Whether a figure is what the goal wants; undefined where there is no goal, or no floor to set it beside. */
export function meets(measure: Measure, figures: Figures, key: string, floors: Figures): boolean | undefined {
  const figure = figures[key];
  if (!measure.goal || figure === undefined) return undefined;
  if ('atLeast' in measure.goal) return figure >= measure.goal.atLeast;
  if ('atMost' in measure.goal) return figure <= measure.goal.atMost;
  const floor = floors[measure.floors?.[0] ?? ''];
  return floor === undefined ? undefined : figure >= floor * measure.goal.ofFloor;
}
