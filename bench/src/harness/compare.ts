import { columns, number, spreadText } from './table.js';
import { ofRuns, type Result, type Spread } from './results.js';
import type { Scenario } from './scenario.js';

interface Line {
  readonly what: string;
  readonly better: 'more' | 'less';
  readonly a: Spread | undefined;
  readonly b: Spread | undefined;
}

/**
 * B set beside A, measure by measure and process by process. A difference counts where the runs of one lie apart from all
 * runs of the other; what overlaps may be chance.
 */
export function compare(scenarios: readonly Scenario[], a: Map<string, Result>, b: Map<string, Result>): string {
  const parts = scenarios.flatMap((scenario) => {
    const [before, after] = [a.get(scenario.name), b.get(scenario.name)];
    if (!before || !after) return [];
    const warnings = differences(before, after).map((what) => `  NOT ALIKE: ${what}`);
    const lines = linesOf(scenario, before, after).map(({ what, a: x, b: y, better }) => [
      what,
      spreadText(x),
      spreadText(y),
      x && y && x.median !== 0 ? `${signed((y.median / x.median - 1) * 100)} %` : '',
      x && y ? judged(x, y, better) : '',
    ]);
    return [[scenario.title, ...warnings, columns([['', 'A', 'B', 'median', ''], ...lines])].join('\n')];
  });
  return parts.length === 0 ? 'There is no scenario that both have results of.' : parts.join('\n\n');
}

function linesOf(scenario: Scenario, before: Result, after: Result): Line[] {
  const measures = Object.entries(scenario.measures).map(([key, { name, unit, better }]) => ({
    what: `${name}, ${unit}`,
    better,
    a: ofRuns(before, (run) => run.figures[key]),
    b: ofRuns(after, (run) => run.figures[key]),
  }));
  const processes = [...new Set([...before.runs, ...after.runs].flatMap((run) => Object.keys(run.cpu)))];
  const cpu = processes.map((process) => ({
    what: `CPU ms per ${scenario.per}, ${process}`,
    better: 'less' as const,
    a: ofRuns(before, (run) => run.cpu[process]),
    b: ofRuns(after, (run) => run.cpu[process]),
  }));
  return [...measures, ...cpu];
}

function judged(a: Spread, b: Spread, better: 'more' | 'less'): string {
  if (a.min <= b.max && b.min <= a.max) return 'not apart';
  return b.median > a.median === (better === 'more') ? 'better' : 'WORSE';
}

/** What else is not the same, and makes the comparison worth less. */
function differences(a: Result, b: Result): string[] {
  const of = (name: string, x: unknown, y: unknown) =>
    JSON.stringify(x) === JSON.stringify(y) ? [] : [`${name} ${JSON.stringify(x)} and ${JSON.stringify(y)}`];
  return [
    ...of('sizes', a.sizes, b.sizes),
    ...of('cores', a.conditions.machine['cores'], b.conditions.machine['cores']),
    ...of('cpu', a.conditions.machine['cpu'], b.conditions.machine['cpu']),
    ...of('settings', a.conditions.settings, b.conditions.settings),
  ];
}

const signed = (value: number): string => `${value > 0 ? '+' : ''}${number(value)}`;
