import { allTopics, type TopicDeclaration } from '@voronka/contracts';
import type { TopicState } from '@voronka/messaging';
import { OpsFailure } from './failure.js';
import type { System } from './system.js';
import { table } from './table.js';

/**
 * - `missing`: the broker does not have it; apply makes it.
 * - `raised`: it has been given more partitions than declared, and all else is as declared.
 * - `keeps less`: the broker would delete what is declared to stay; apply mends it.
 * - `dangerous`: no change that apply dares to make, and `why` says so.
 */
export interface TopicFinding {
  readonly topic: string;
  readonly finding: 'as declared' | 'raised' | 'missing' | 'keeps less' | 'dangerous';
  readonly declared: Kept & { readonly retention: number };
  readonly there: Kept | null;
  readonly why: string | null;
}
interface Kept {
  readonly partitions: number;
  readonly cleanup: string | null;
  readonly retention: number | null;
}

/** What contracts declare against what the broker has. */
export async function checkTopics(
  system: System,
  topics: readonly TopicDeclaration[] = allTopics(),
): Promise<TopicFinding[]> {
  const names = topics.map(({ name }) => name);
  const there = await system.askBroker((view) => view.topics(names));
  return topics.map((topic) =>
    compare(
      topic,
      there.find(({ name }) => name === topic.name),
    ),
  );
}

/**
 * Makes the missing topics and lengthens what is kept too briefly. Throws OpsFailure, having changed nothing, where a
 * difference is dangerous. Answers what it found before.
 */
export async function applyTopics(
  system: System,
  topics: readonly TopicDeclaration[] = allTopics(),
): Promise<TopicFinding[]> {
  const findings = await checkTopics(system, topics);
  const dangers = findings.flatMap(({ why }) => why ?? []);
  if (dangers.length > 0) throw new OpsFailure(`${dangers.join('\n')}\nNothing was changed.`);
  const those = (finding: TopicFinding['finding']) =>
    topics.filter(({ name }) => findings.some((found) => found.topic === name && found.finding === finding));
  await system.askBroker(async (view) => {
    await view.create(those('missing'));
    await view.keepAsDeclared(those('keeps less'));
  });
  return findings;
}

/** One topic judged. Exported for its table of cases. */
export function compare(declared: TopicDeclaration, there: TopicState | undefined): TopicFinding {
  const { name: topic, partitions, cleanup, retention } = declared;
  const found = (finding: TopicFinding['finding'], why: string | null = null): TopicFinding => ({
    topic,
    finding,
    declared: { partitions, cleanup, retention },
    there: there ? { partitions: there.partitions, cleanup: there.cleanup, retention: there.retention } : null,
    why,
  });
  if (!there) return found('missing');
  const danger = dangerOf(declared, there);
  if (danger !== null) return found('dangerous', `${topic} ${danger}`);
  const kept = there.cleanup ?? cleanup;
  const longest = there.retention ?? retention;
  if (kept !== cleanup || longest !== retention) return found('keeps less');
  return found(there.partitions > partitions ? 'raised' : 'as declared');
}

function dangerOf({ name, partitions, cleanup, retention }: TopicDeclaration, there: TopicState): string | null {
  if (partitions > there.partitions && cleanup === 'compact')
    return `has ${there.partitions} partitions and ${partitions} are declared: it is compacted, and what it holds of a record would stay in its old partition. Declare ${there.partitions}.`;
  if (partitions > there.partitions)
    return `has ${there.partitions} partitions and ${partitions} are declared: records would move to other partitions and their later events could overtake earlier ones. Raise it in order with npm run ops -- topics raise ${name} --partitions ${partitions}.`;
  if (there.cleanup !== null && cleanup !== there.cleanup && cleanup !== 'delete')
    return `is cleaned up by ${there.cleanup} and ${cleanup} is declared: its older events would be deleted. Declare another topic.`;
  if (there.retention !== null && milliseconds(retention) < milliseconds(there.retention))
    return `keeps its messages ${days(there.retention)} and ${days(retention)} is declared: the older ones would be deleted. Shorten it with Kafka's own tool if that is meant.`;
  return null;
}

const milliseconds = (retention: number) => (retention < 0 ? Infinity : retention);

/** How long messages are kept, in days or hours. */
function days(retention: number): string {
  if (retention < 0) return 'for ever';
  const hours = retention / 3_600_000;
  return hours >= 48 ? `${+(hours / 24).toFixed(1)} days` : `${+hours.toFixed(1)} hours`;
}

export const showTopics = (findings: readonly TopicFinding[]): string =>
  table(
    ['TOPIC', 'FOUND', 'PARTITIONS', 'CLEANUP', 'KEPT', 'DECLARED'],
    findings.map(({ topic, finding, declared, there }) => [
      topic,
      finding,
      there?.partitions ?? null,
      there?.cleanup ?? null,
      there === null || there.retention === null ? null : days(there.retention),
      `${declared.partitions} ${declared.cleanup} ${days(declared.retention)}`,
    ]),
  );
