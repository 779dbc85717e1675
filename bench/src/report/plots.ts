import { ofRuns, type Result } from '../harness/results.js';
import type { Scenario } from '../harness/scenario.js';
import { bars, curves, growing, type Bar } from './svg.js';

/** The plot of a result: how its cost grows or its durations are spread where it has them, else its first measures beside their floors. */
export function plotOf(scenario: Scenario, result: Result): string | undefined {
  const run = result.runs[Math.floor(result.runs.length / 2)];
  const growth = Object.entries(run?.growth ?? {});
  if (growth.length > 0)
    return growing(
      scenario.title,
      growth.map(([name, points]) => ({ name, points })),
    );
  const spread = Object.entries(run?.distributions ?? {});
  if (spread.length > 0)
    return curves(
      scenario.title,
      spread.map(([name, { curve }]) => ({ name, points: curve })),
    );
  const [first] = Object.values(scenario.measures);
  if (!first) return undefined;
  const alike = Object.entries(scenario.measures).filter(([, { unit }]) => unit === first.unit);
  const drawn = alike.flatMap(([key, { name, floors = [] }]) => [
    ...bar(result, name, false, (r) => r.figures[key]),
    ...floors.flatMap((floor) => bar(result, scenario.floors[floor]?.name ?? floor, true, (r) => r.floors[floor])),
  ]);
  const { goal } = first;
  return bars(scenario.title, first.unit, drawn, goal && 'atLeast' in goal ? goal.atLeast : undefined);
}

function bar(
  result: Result,
  name: string,
  isFloor: boolean,
  pick: (run: Result['runs'][number]) => number | undefined,
): Bar[] {
  const spread = ofRuns(result, pick);
  return spread ? [{ name, isFloor, ...spread }] : [];
}
