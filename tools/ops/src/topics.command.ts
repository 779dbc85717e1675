import { numberOf, type CommandLine, type Shared } from './command-line.js';
import { raisePartitions } from './raise.js';
import { applyTopics, checkTopics, showTopics } from './topics.js';

export function addTopics(line: CommandLine): void {
  const topics = line.group('topics', 'The topics that contracts declare.');
  line
    .command(topics, 'check', 'What is declared against what the broker has; status 1 where they differ.')
    .action((shared: Shared) =>
      line.answer(shared, async (system) => {
        const found = await checkTopics(system);
        const differs = found.some(({ finding }) => finding !== 'as declared' && finding !== 'raised');
        const why = found.flatMap((topic) => topic.why ?? []);
        return { json: found, text: [showTopics(found), ...why].join('\n'), status: differs ? 1 : 0 };
      }),
    );

  line
    .command(topics, 'apply', 'Makes what is missing and keeps longer what is kept too briefly; refuses anything else.')
    .action((shared: Shared) =>
      line.answer(shared, async (system) => {
        const before = await applyTopics(system);
        const changed = before.filter(({ finding }) => finding === 'missing' || finding === 'keeps less');
        const text = changed.map(({ topic, finding }) =>
          finding === 'missing' ? `${topic} was made.` : `${topic} is kept as declared now.`,
        );
        return { json: changed, text: text.length > 0 ? text.join('\n') : 'All topics are as declared.' };
      }),
    );

  line
    .command(topics, 'raise', 'Gives a topic of Kafka more partitions, with the order of every record kept.')
    .argument('<topic>', 'its name, without prefix')
    .requiredOption('--partitions <number>', 'how many it is to have, a multiple of those it has', numberOf)
    .option('--patience <seconds>', 'how long the relays and readers may take', numberOf, 60)
    .action((name: string, { partitions, patience, ...shared }: Shared & { partitions: number; patience: number }) =>
      line.answer(shared, async (system) => {
        const raised = await raisePartitions(system, name, partitions, { patience });
        const { topic, before, heldSeconds } = raised;
        const text = `${topic} has ${partitions} partitions now; it had ${before}. Nothing was written to it for ${heldSeconds} s.`;
        return { json: raised, text };
      }),
    );
}
