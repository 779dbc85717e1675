import { monotonic } from '../harness/clock.js';
import { cpuEach, cpuOf } from '../harness/cpu.js';
import type { Ground } from '../harness/ground.js';
import type { Distribution } from '../harness/latency.js';
import { memoryOf } from '../harness/memory.js';
import type { Figures, Measure, Outcome } from '../harness/scenario.js';
import type { Worker } from '../harness/worker.js';
import type { Source } from '../load/requests.js';
import type { Asked } from '../processes/asker.js';
import type { Organisation } from './organisation.js';

export type { Asked };

/** For a run: the first loads an organisation, which takes an hour and a half where it has a million deals. */
export const MINUTES = 240;
/** The open loop asks at this share of what is wanted of the closed one, or of what that reached where it is less. */
export const SHARE = 0.6;
export const openRate = (reached: number, wanted = Infinity): number => SHARE * Math.min(wanted, reached);
export const rateOf = ({ answered, seconds }: Pick<Asked, 'answered' | 'seconds'>): number => answered / seconds;

/** How hard and how long is asked. `perSecond` is the open loop's rate. */
export interface Load {
  readonly connections: number;
  readonly seconds: number;
  readonly perSecond: number;
  /** Whether it is told when which record was asked about. */
  readonly tell?: boolean;
}

/** The process that asks, with one source of questions. */
export class Driver {
  readonly wrong: string[] = [];

  private constructor(
    private readonly worker: Worker,
    private readonly organisation: Organisation,
  ) {}

  static async of(
    ground: Ground,
    organisation: Organisation,
    sources: Readonly<Record<string, Source>>,
  ): Promise<Driver> {
    const worker = await ground.worker('asker', 'asker', { url: organisation.url });
    for (const [name, source] of Object.entries(sources)) await worker.call('prepare', { name, source });
    return new Driver(worker, organisation);
  }

  /** Closed loop: as many answers as so many connections get, for so long or so often. */
  closed(name: string, load: Omit<Load, 'perSecond'> & { count?: number }): Promise<Asked> {
    return this.asked('closed', { name, ...load });
  }

  /** Open loop, over so many connections. */
  open(name: string, load: Load): Promise<Asked> {
    return this.asked('open', { name, ...load });
  }

  /**
   * Runs something, until everybody has taken in what came of it; answers with it what each process has spent for one of
   * `count`, and what each then held.
   */
  async spent<T>(work: () => Promise<T>, count: (of: T) => number): Promise<Spent<T>> {
    const { pids } = this.organisation;
    const [mark, own, began] = [cpuOf(pids), cpuOf({ asker: this.worker.pid }), monotonic()];
    const of = await work();
    await this.organisation.takenIn();
    const seconds = (monotonic() - began) / 1000;
    await this.organisation.settled();
    const each = Math.max(1, count(of));
    const cpu = cpuEach(pids, mark, each);
    const asking = cpuEach({ asker: this.worker.pid }, own, each)['asker'] ?? 0;
    return { of, seconds, cpu, asking, memory: memoryOf(pids) };
  }

  private async asked(command: string, settings: object): Promise<Asked> {
    const asked = await this.worker.call<Asked>(command, settings);
    if (asked.wrong > 0) this.wrong.push(`${asked.wrong} of ${asked.answered} answers were wrong: ${asked.example}`);
    return asked;
  }
}

export interface Spent<T> {
  readonly of: T;
  /** Until everything was taken in. */
  readonly seconds: number;
  readonly cpu: Figures;
  readonly asking: number;
  readonly memory: NonNullable<Outcome['memory']>;
}

export const sumOf = (figures: Figures): number => Object.values(figures).reduce((sum, figure) => sum + figure, 0);
export const proportional = (memory: Spent<unknown>['memory']): number =>
  Object.values(memory).reduce((sum, of) => sum + of.proportional, 0);

export const percentiles = ({ p50, p90, p99, max }: Distribution): Figures => ({ p50, p90, p99, max });

export const memoryMeasure: Measure = {
  name: 'memory, whole system, proportional',
  unit: 'MiB',
  better: 'less',
  goal: { atMost: 1536 },
};

/** What every figure of the system is told with. */
export const measuresOf = (
  what: string,
  goals: { readonly perSecond?: number; readonly p99?: number; readonly cpu?: number },
  floors: readonly string[],
): Record<string, Measure> => ({
  perSecond: {
    ...{ name: what, unit: '/s', better: 'more', floors },
    ...(goals.perSecond === undefined ? {} : { goal: { atLeast: goals.perSecond } }),
  },
  ...latencies('due to answered', goals.p99),
  cpu: {
    ...{ name: 'CPU, whole system', unit: 'ms', better: 'less' },
    ...(goals.cpu === undefined ? {} : { goal: { atMost: goals.cpu } }),
  },
  memory: memoryMeasure,
});

/** Times of which a goal bounds the 99th percentile, in milliseconds. */
export const latencies = (what: string, p99?: number): Record<string, Measure> => {
  const of = (name: string): Measure => ({ name: `${what}, ${name}`, unit: 'ms', better: 'less' });
  return {
    ...{ p50: of('p50'), p90: of('p90') },
    p99: { ...of('p99'), ...(p99 === undefined ? {} : { goal: { atMost: p99 } }) },
    max: of('max'),
  };
};
