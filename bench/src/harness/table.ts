import { ofRuns, type Result, type Spread } from './results.js';
import { meets, type Measure, type Scenario } from './scenario.js';

/** A number with three digits or all before the point, thousands apart. */
export function number(value: number): string {
  if (value === 0) return '0';
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US');
  return String(Number(value.toPrecision(3)));
}

export function spreadText(of: Spread | undefined): string {
  if (of === undefined) return '–';
  return of.min === of.max ? number(of.median) : [of.min, of.median, of.max].map(number).join(' – ');
}

/** A goal in words: `≥ 20,000 events/s`. */
export function goalText({ goal, unit, floors = [] }: Measure, nameOf: (floor: string) => string): string {
  if (!goal) return '';
  if ('atLeast' in goal) return `≥ ${number(goal.atLeast)} ${unit}`;
  if ('atMost' in goal) return `≤ ${number(goal.atMost)} ${unit}`;
  return `≥ ${number(goal.ofFloor * 100)} % of ${nameOf(floors[0] ?? '')}`;
}

/** How a measure's goal fared over all runs. */
export function verdict(measure: Measure, key: string, { runs }: Pick<Result, 'runs'>): string {
  const met = runs.map((run) => meets(measure, run.figures, key, run.floors)).filter((is) => is !== undefined);
  if (met.length === 0) return '';
  const good = met.filter(Boolean).length;
  if (good === met.length) return 'met';
  return good * 2 > met.length ? `met in ${good} of ${met.length}` : 'missed';
}

export interface Row {
  readonly measure: string;
  readonly goal: string;
  readonly figure: string;
  readonly floor: string;
  readonly ratio: string;
  readonly verdict: string;
}

/** A row for each measure, and one more for each further floor it is set beside. */
export function rowsOf(scenario: Scenario, result: Result): Row[] {
  const nameOf = (floor: string) => scenario.floors[floor]?.name ?? floor;
  return Object.entries(scenario.measures).flatMap(([key, measure]) => {
    const first = {
      measure: measure.name,
      goal: goalText(measure, nameOf),
      figure: `${spreadText(ofRuns(result, (run) => run.figures[key]))} ${measure.unit}`,
      verdict: verdict(measure, key, result),
    };
    const beside = (measure.floors ?? []).map((floor) => ({
      floor: `${spreadText(ofRuns(result, (run) => run.floors[floor]))} ${scenario.floors[floor]?.unit ?? ''} (${nameOf(floor)})`,
      ratio: spreadText(ofRuns(result, (run) => ratio(run.figures[key], run.floors[floor]))),
    }));
    const [one = { floor: '', ratio: '' }, ...others] = beside;
    const none = { measure: '', goal: '', figure: '', verdict: '' };
    return [{ ...first, ...one }, ...others.map((other) => ({ ...none, ...other }))];
  });
}

const ratio = (figure: number | undefined, floor: number | undefined): number | undefined =>
  figure === undefined || !floor ? undefined : figure / floor;

/** CPU milliseconds per process, of all runs. */
export function cpuRows({ runs }: Pick<Result, 'runs'>): { process: string; ms: Spread }[] {
  const names = [...new Set(runs.flatMap((run) => Object.keys(run.cpu)))];
  return names.flatMap((process) => {
    const ms = ofRuns({ runs }, (run) => run.cpu[process]);
    return ms ? [{ process, ms }] : [];
  });
}

/** What each process held at the end, of all runs. */
export function memoryRows({
  runs,
}: Pick<Result, 'runs'>): { process: string; resident: Spread; proportional: Spread }[] {
  const names = [...new Set(runs.flatMap((run) => Object.keys(run.memory ?? {})))];
  return names.flatMap((process) => {
    const resident = ofRuns({ runs }, (run) => run.memory?.[process]?.resident);
    const proportional = ofRuns({ runs }, (run) => run.memory?.[process]?.proportional);
    return resident && proportional ? [{ process, resident, proportional }] : [];
  });
}

/** Columns as wide as their widest cell; the first row is the head. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  return rows.map((row) => `  ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ')}`.trimEnd()).join('\n');
}

/** What a person reads at the console when a scenario is done. */
export function consoleTable(scenario: Scenario, result: Result): string {
  const head = ['measure', 'goal', 'min – median – max', 'floor', 'ratio', ''];
  const rows = rowsOf(scenario, result).map((row) => [
    row.measure,
    row.goal,
    row.figure,
    row.floor,
    row.ratio,
    row.verdict,
  ]);
  const cpu = cpuRows(result).map(({ process, ms }) => [process, spreadText(ms)]);
  const memory = memoryRows(result).map((row) => [row.process, spreadText(row.resident), spreadText(row.proportional)]);
  const notes = [...new Set(result.runs.flatMap((run) => Object.keys(run.notes)))].map((key) => [
    key,
    [
      ...new Set(result.runs.map((run) => run.notes[key]).map((v) => (typeof v === 'number' ? number(v) : (v ?? '')))),
    ].join(', '),
  ]);
  const others = spreadText(ofRuns(result, (run) => run.around.coresOfOthers));
  return [
    columns([head, ...rows]),
    ...(cpu.length > 0 ? ['', columns([[`CPU ms per ${scenario.per}`, 'min – median – max'], ...cpu])] : []),
    ...(memory.length > 0 ? ['', columns([['MiB at the end', 'resident', 'proportional'], ...memory])] : []),
    '',
    columns([...notes, ['cores kept busy by others', others]]),
  ].join('\n');
}
