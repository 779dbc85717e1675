import { ofRuns, type Result } from '../harness/results.js';
import type { Scenario } from '../harness/scenario.js';
import { cpuRows, goalText, memoryRows, number, rowsOf, spreadText } from '../harness/table.js';

/** One scenario's part of the report. */
export function section(scenario: Scenario, result: Result | undefined, plot: string | undefined): string {
  const parts = [`### ${scenario.title}`, scenario.what];
  if (!result) parts.push('Not measured yet.', wanted(scenario));
  else
    parts.push(
      measured(scenario, result),
      ...cpu(scenario, result),
      ...memory(result),
      ...notes(result),
      conditions(result),
    );
  if (plot) parts.push(`![${scenario.title}](${plot})`);
  return `${parts.join('\n\n')}\n`;
}

function wanted(scenario: Scenario): string {
  const rows = Object.values(scenario.measures).map((measure) => [
    measure.name,
    goalText(measure, (floor) => scenario.floors[floor]?.name ?? floor),
  ]);
  return table(['measure', 'goal'], rows);
}

function measured(scenario: Scenario, result: Result): string {
  const rows = rowsOf(scenario, result).map(({ measure, goal, figure, floor, ratio, verdict }) => [
    ...[measure, goal, figure, floor, ratio, verdict],
  ]);
  return table(['measure', 'goal', 'least – median – greatest', 'floor', 'ratio', ''], rows);
}

function cpu({ per }: Scenario, result: Result): string[] {
  const rows = cpuRows(result).map(({ process, ms }) => [process, spreadText(ms)]);
  return rows.length === 0 ? [] : [table([`CPU ms per ${per}`, 'least – median – greatest'], rows)];
}

function memory(result: Result): string[] {
  const rows = memoryRows(result).map((row) => [row.process, spreadText(row.resident), spreadText(row.proportional)]);
  return rows.length === 0 ? [] : [table(['MiB at the end', 'resident', 'proportional'], rows)];
}

function notes({ runs }: Result): string[] {
  const names = [...new Set(runs.flatMap((run) => Object.keys(run.notes)))];
  const told = names.map((name) => {
    const values = runs.flatMap((run) => run.notes[name] ?? []);
    const texts = values.map((value) => (typeof value === 'number' ? number(value) : value));
    return `${name}: ${[...new Set(texts)].join(', ')}`;
  });
  return told.length === 0 ? [] : [`${told.join('; ')}.`];
}

/** On what, with what and when: one paragraph. */
function conditions(result: Result): string {
  const { machine, versions, settings } = result.conditions;
  const list = (of: Readonly<Record<string, string | number>>) =>
    Object.entries(of)
      .map(([name, value]) => `${name} ${value}`)
      .join(', ');
  const others = spreadText(ofRuns(result, (run) => run.around.coresOfOthers));
  const sizes = list(Object.fromEntries(Object.entries(result.sizes).map(([name, value]) => [name, number(value)])));
  return (
    `*${result.takenAt.slice(0, 10)}, ${result.runs.length} runs of the ${result.size} size (${sizes}). ${list(versions)}. ` +
    `${list(machine)}. PostgreSQL: ${list(settings)}. Others kept ${others} cores busy.*`
  );
}

export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
