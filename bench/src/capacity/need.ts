import { allTopics, type TopicDeclaration } from '@voronka/contracts';
import { ofRuns, spread, type Result } from '../harness/results.js';
import type { Figures } from '../harness/scenario.js';
import { actions, assumed, capture, type Action } from './assumed.js';

export type Results = ReadonlyMap<string, Result>;

/** An action with what it costs: CPU milliseconds by process, and the scenario that tells so. */
export interface Cost {
  readonly action: Pick<Action, 'what' | 'writes' | 'scenario'>;
  readonly cpu: Figures;
  readonly from: string;
}

/** CPU milliseconds by process, the greatest of the runs; undefined where it was not measured. */
function cpuOf(results: Results, scenario: string): Figures | undefined {
  const result = results.get(scenario);
  const names = new Set((result?.runs ?? []).flatMap(({ cpu }) => Object.keys(cpu)));
  if (!result || names.size === 0) return undefined;
  return Object.fromEntries([...names].map((name) => [name, ofRuns(result, ({ cpu }) => cpu[name])?.max ?? 0]));
}

/** What an action costs, by its own scenario or the one that stands in; undefined where neither was measured. */
export function costOf(
  results: Results,
  action: Pick<Action, 'what' | 'writes' | 'scenario' | 'standIn'>,
): Cost | undefined {
  const own = cpuOf(results, action.scenario);
  if (own) return { action, cpu: own, from: action.scenario };
  const { scenario = '', read = {} } = action.standIn ?? {};
  const other = cpuOf(results, scenario);
  if (!other) return undefined;
  const cpu = Object.fromEntries(Object.entries(other).map(([name, ms]) => [read[name] ?? name, ms]));
  return { action, cpu, from: scenario };
}

/** So much is asked at once, at the busiest moment. */
export interface Load {
  readonly name: string;
  readonly salespeople: number;
  readonly captures: number;
}

/** How often a second at the busiest moment so many salespeople do what each does so often in the busiest hour. */
export const rateOf = (salespeople: number, perHour: number): number =>
  (salespeople * perHour * assumed.burst.value) / 3600;

/** Cores that each process keeps busy under the load: the sum of rate × CPU ms / 1000. What was not measured is left out. */
export function coresOf(results: Results, { salespeople, captures }: Load): Record<string, number> {
  const asked = [
    ...actions.map((action) => ({ cost: costOf(results, action), rate: rateOf(salespeople, action.perHour) })),
    { cost: costOf(results, capture), rate: captures },
  ];
  const cores: Record<string, number> = {};
  for (const { cost, rate } of asked)
    for (const [process, ms] of Object.entries(cost?.cpu ?? {}))
      cores[process] = (cores[process] ?? 0) + (rate * ms) / 1000;
  return cores;
}

/** Cores to have for so many that are busy. */
export const room = (busy: number): number => Math.ceil(busy / assumed.use.value);
/** Instances of a program, each on one core. */
export const instancesOf = (busy: number): number => Math.max(assumed.least.value, room(busy));

/** Partitions of each topic for so many consuming instances: as declared, or the next multiple, which shares equally. */
export const partitionsFor = (instances: number, declared: number): number =>
  Math.max(1, Math.ceil(instances / declared)) * declared;

/** Events a second that the load makes. */
export const eventsOf = ({ salespeople, captures }: Load): number =>
  actions
    .filter(({ writes }) => writes)
    .reduce((sum, { perHour }) => sum + rateOf(salespeople, perHour) * assumed.eventsOfWrite.value, captures);

/** Events that so many salespeople make in a working day, and how often they read. */
export function dayOf(salespeople: number): { events: number; reads: number } {
  const times = (writes: boolean) =>
    actions.filter((action) => (action.writes ?? false) === writes).reduce((sum, { perHour }) => sum + perHour, 0) *
    assumed.hours.value *
    salespeople;
  return { events: times(true) * assumed.eventsOfWrite.value, reads: times(false) };
}

/** How many salespeople one instance of each program carries, and which is then full; undefined where nothing was measured. */
export function carriedByOne(
  results: Results,
  programs: readonly string[],
): { people: number; full: string } | undefined {
  const cores = coresOf(results, { name: 'one', salespeople: 1, captures: 0 });
  const [full = '', busy = 0] = programs
    .map((program) => [program, cores[program] ?? 0] as const)
    .sort(([, a], [, b]) => b - a)[0]!;
  return busy === 0 ? undefined : { people: Math.floor(assumed.use.value / busy), full };
}

/** Cores that a program kept busy while those scenarios read, which never asked it. */
export const atRest = (results: Results, program: string, scenarios: readonly string[]) =>
  spread(
    scenarios.flatMap((scenario) =>
      (results.get(scenario)?.runs ?? []).map(
        ({ cpu, figures }) => ((cpu[program] ?? 0) * (figures['perSecond'] ?? 0)) / 1000,
      ),
    ),
  );

/** Of a figure over all runs, least and greatest; undefined where it was not measured. */
export const figureOf = (results: Results, scenario: string, key: string) => {
  const result = results.get(scenario);
  return result && ofRuns(result, ({ figures }) => figures[key]);
};

/** What each process holds at most, MiB, over all scenarios that tell it. */
export function memoryOf(results: Results): Record<string, number> {
  const most: Record<string, number> = {};
  for (const { runs } of results.values())
    for (const { memory = {} } of runs)
      for (const [process, { proportional, resident }] of Object.entries(memory)) {
        // PostgreSQL's processes share most of what each calls its own.
        const held = process === 'PostgreSQL' ? proportional : resident;
        most[process] = Math.max(most[process] ?? 0, held);
      }
  return most;
}

const DAY = 24 * 3600 * 1000;

/** The declared topics by how long they keep what is on them. */
export function retentions(topics: readonly TopicDeclaration[] = allTopics()): { kept: string; names: string[] }[] {
  const keptOf = ({ cleanup, retention }: TopicDeclaration) =>
    cleanup === 'compact'
      ? 'the newest of each record, for ever'
      : retention < 0
        ? 'for ever'
        : `${retention / DAY} days`;
  const kept = [...new Set(topics.map(keptOf))];
  return kept.map((each) => ({
    kept: each,
    names: topics.filter((topic) => keptOf(topic) === each).map(({ name }) => name),
  }));
}
