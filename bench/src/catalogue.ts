import type { Scenario } from './harness/scenario.js';
import { consume } from './messaging/consume.js';
import { disk } from './messaging/disk.js';
import { latency } from './messaging/latency.js';
import { outboxCost } from './messaging/outbox-cost.js';
import { outboxDrain } from './messaging/outbox-drain.js';
import { scaled } from './messaging/scaled.js';
import { states } from './messaging/states.js';
import { succession } from './messaging/succession.js';
import { auditCost } from './reading/audit-cost.js';
import { rightsCost } from './reading/rights-cost.js';
import { offboarding } from './people/offboarding.js';
import { absent } from './system/absent.js';
import { capture } from './system/capture.js';
import { convert } from './system/convert.js';
import { deep } from './system/deep.js';
import { exporting } from './system/export.js';
import { freshness } from './system/freshness.js';
import { growth } from './system/growth.js';
import { importing } from './system/import.js';
import { mixedDay } from './system/mixed-day.js';
import { reads } from './system/reads.js';
import { revoked } from './system/revoked.js';
import { writes } from './system/writes.js';

/** Everything that can be measured, in the order of the report. */
export const scenarios: readonly Scenario[] = [
  outboxDrain,
  consume,
  states,
  latency,
  scaled,
  disk,
  outboxCost,
  succession,
  auditCost,
  rightsCost,
  offboarding,
  ...reads,
  deep,
  exporting,
  growth,
  ...writes,
  convert,
  capture,
  freshness,
  mixedDay,
  importing,
  revoked,
  absent,
];

export class NoScenario extends Error {}

/** The scenarios of these names or groups, in the order of the catalogue. Throws NoScenario naming what there is none of. */
export function chosen(names: readonly string[]): Scenario[] {
  const unknown = names.find(
    (name) => !scenarios.some((scenario) => scenario.name === name || scenario.group === name),
  );
  if (unknown !== undefined)
    throw new NoScenario(`There is no scenario and no group ${unknown}: npm run bench -- list.`);
  return scenarios.filter(({ name, group }) => names.includes(name) || names.includes(group));
}
