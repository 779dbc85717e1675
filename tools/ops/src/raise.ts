import { setTimeout as delay } from 'node:timers/promises';
import { allTopics, type TopicDeclaration } from '@voronka/contracts';
import { OutboxHold, type Behind } from '@voronka/messaging';
import { OpsFailure } from './failure.js';
import { services, type Service, type System } from './system.js';

export interface Raised {
  readonly topic: string;
  readonly before: number;
  readonly partitions: number;
  /** How long nothing was written to the topic. */
  readonly heldSeconds: number;
}

export interface RaiseOptions {
  readonly topics?: readonly TopicDeclaration[];
  readonly of?: readonly Service[];
  /** Seconds that the relays may take to answer, and the groups to read what there is. */
  readonly patience?: number;
}

/**
 * Gives a topic more partitions. A record moves to another partition then, so nothing may be on its way meanwhile: the
 * relays hold the topic, every group reads it to its end, and only then are the partitions made and the hold lifted.
 * Events wait in the outboxes as long. Throws OpsFailure, having changed nothing, where that cannot be had.
 */
export async function raisePartitions(
  system: System,
  name: string,
  partitions: number,
  { topics = allTopics(), of = services, patience = 60 }: RaiseOptions = {},
): Promise<Raised> {
  const before = await requireRaisable(system, name, partitions, topics);
  const holds = of.map((service) => new OutboxHold(system.database(service), name));
  const began = performance.now();
  const until = began + patience * 1000;
  const taken: OutboxHold[] = [];
  try {
    for (const [index, hold] of holds.entries()) {
      if (!(await system.ask(of[index]!, () => hold.take())))
        throw new OpsFailure(
          `${name} is held in voronka_${of[index]} by another raise: wait for its end, at most 30 s.`,
        );
      taken.push(hold);
    }
    await answered(holds, of, until);
    await readToTheEnd(system, holds, name, until);
    await system.askRaiser((raiser) => raiser.raise(name, partitions));
  } finally {
    for (const hold of taken) await hold.lift();
  }
  return { topic: name, before, partitions, heldSeconds: Math.round((performance.now() - began) / 100) / 10 };
}

/** Answers how many partitions there are. */
async function requireRaisable(
  system: System,
  name: string,
  partitions: number,
  topics: readonly TopicDeclaration[],
): Promise<number> {
  const declared = topics.find((topic) => topic.name === name);
  if (!declared)
    throw new OpsFailure(`${name} is not a topic that contracts declare: npm run ops -- topics check lists them.`);
  if (declared.cleanup === 'compact')
    throw new OpsFailure(
      `${name} is compacted: what it holds of a record would stay in its old partition beside the new one.`,
    );
  await system.askRaiser(() => Promise.resolve());
  const [there] = await system.askBroker((view) => view.topics([name]));
  if (!there) throw new OpsFailure(`${name} is not there yet: npm run ops -- topics apply makes it.`);
  if (partitions <= there.partitions)
    throw new OpsFailure(`${name} has ${there.partitions} partitions already, and none can be taken away.`);
  if (partitions % there.partitions !== 0)
    throw new OpsFailure(
      `${name} has ${there.partitions} partitions: raise it to a multiple, such as ${2 * there.partitions}. Only then does a record stay or move to a new partition, and who reads from the beginning can keep its order.`,
    );
  return there.partitions;
}

async function answered(holds: readonly OutboxHold[], of: readonly Service[], until: number): Promise<void> {
  for (;;) {
    const answers = await Promise.all(holds.map((hold) => hold.answered()));
    if (answers.every(Boolean)) return;
    if (performance.now() > until) {
      const silent = of.filter((_, index) => !answers[index]).join(', ');
      throw new OpsFailure(
        `The relay of ${silent} does not answer: it is an older version, or its broker is away. Nothing was changed.`,
      );
    }
    await renewed(holds);
    await delay(100);
  }
}

/** Nothing is written meanwhile, so a group that has once come to the end stays there. */
async function readToTheEnd(system: System, holds: readonly OutboxHold[], name: string, until: number) {
  for (;;) {
    await renewed(holds);
    const behind = await system.askRaiser((raiser) => raiser.behind(name));
    // Renewed once more: how long the broker took to answer is not known.
    await renewed(holds);
    if (behind.length === 0) return;
    if (performance.now() > until)
      throw new OpsFailure([...behind.map((group) => sentence(name, group)), 'Nothing was changed.'].join('\n'));
    await delay(200);
  }
}

async function renewed(holds: readonly OutboxHold[]): Promise<void> {
  for (const hold of holds)
    if (!(await hold.renew()))
      throw new OpsFailure('The hold on the topic ran out or was lifted. Nothing was changed: try again.');
}

const sentence = (topic: string, { group, messages, read }: Behind): string =>
  read
    ? `Group ${group} has still to read ${messages} messages of ${topic}: wait for it, or give it longer with --patience.`
    : `Group ${group} has ${messages} messages of ${topic} to read and nobody reads for it: start it, or delete the group with Kafka's own tool if it is of no use any more.`;
