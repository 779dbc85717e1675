import { outboxDepth, stateGroup, type PartitionLag } from '@voronka/messaging';
import { services, type Service, type System } from './system.js';
import { span, table } from './table.js';

export interface OutboxDepth {
  readonly service: Service;
  readonly events: number;
  readonly oldestSeconds: number | null;
}
export interface Lag {
  readonly groups: readonly PartitionLag[];
  readonly outboxes: readonly OutboxDepth[];
}

/** How far each service has read for its own use and to publish its records' states, and what waits to be published. */
export async function lag(system: System, of: readonly Service[] = services): Promise<Lag> {
  const outboxes: OutboxDepth[] = [];
  for (const service of of) {
    const { rows, oldestSeconds } = await system.ask(service, outboxDepth);
    outboxes.push({ service, events: rows, oldestSeconds: oldestSeconds === null ? null : Math.round(oldestSeconds) });
  }
  const groups = of.flatMap((service) => [service, stateGroup(service)]);
  return { groups: await system.askBroker((view) => view.lag(groups)), outboxes };
}

/** One line for each topic of a group, and one for each of its partitions where something waits or `every` is asked for. */
export function showLag({ groups, outboxes }: Lag, every: boolean): string {
  const rows = every ? groups : wholeTopics(groups);
  const reads = table(
    ['GROUP', 'TOPIC', 'PARTITION', 'MESSAGES', 'OLDEST', 'READ BY SOMEONE'],
    rows.map(({ group, topic, partition, messages, seconds, reading }) => [
      group,
      topic,
      partition === null ? 'all' : String(partition),
      messages,
      span(seconds),
      reading ? 'yes' : 'NO',
    ]),
  );
  const waits = table(
    ['OUTBOX', 'EVENTS', 'OLDEST'],
    outboxes.map(({ service, events, oldestSeconds }) => [service, events, span(oldestSeconds)]),
  );
  return `${reads}\n\n${waits}`;
}

type Line = Omit<PartitionLag, 'partition'> & { partition: number | null };

/** A topic that is read to its end is one line. */
function wholeTopics(groups: readonly PartitionLag[]): Line[] {
  const topics = new Map<string, PartitionLag[]>();
  for (const part of groups) {
    const name = `${part.group} ${part.topic}`;
    topics.set(name, [...(topics.get(name) ?? []), part]);
  }
  return [...topics.values()].flatMap((partitions): Line[] => {
    const quiet = partitions.every(({ messages, reading }) => messages === 0 && reading);
    return quiet && partitions[0] ? [{ ...partitions[0], partition: null }] : partitions;
  });
}
