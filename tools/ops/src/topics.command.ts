import type { CommandLine, Shared } from './command-line.js';
import { applyTopics, checkTopics, showTopics } from './topics.js';

export function addTopics(line: CommandLine): void {
  const topics = line.group('topics', 'The topics that contracts declare.');
  line
    .command(topics, 'check', 'What is declared against what the broker has; status 1 where they differ.')
    .action((shared: Shared) =>
      line.answer(shared, async (system) => {
        const found = await checkTopics(system);
        const differs = found.some(({ finding }) => finding !== 'as declared');
        const why = found.flatMap((topic) => topic.why ?? []);
        return { json: found, text: [showTopics(found), ...why].join('\n'), status: differs ? 1 : 0 };
      }),
    );

  line
    .command(topics, 'apply', 'Makes what is missing and keeps longer what is kept too briefly; refuses anything else.')
    .action((shared: Shared) =>
      line.answer(shared, async (system) => {
        const before = await applyTopics(system);
        const changed = before.filter(({ finding }) => finding !== 'as declared');
        const text = changed.map(({ topic, finding }) =>
          finding === 'missing' ? `${topic} was made.` : `${topic} is kept as declared now.`,
        );
        return { json: changed, text: text.length > 0 ? text.join('\n') : 'All topics are as declared.' };
      }),
    );
}
