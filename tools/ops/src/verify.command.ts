import { numberOf, type CommandLine, type Shared } from './command-line.js';
import { showVerified, verify } from './verify.js';

export function addVerify(line: CommandLine): void {
  line
    .command(
      line.program,
      'verify',
      'Compares databases and topics while the system works; status 1 where they differ.',
    )
    .option('--patience <seconds>', 'how long the services may take to catch up with the topics', numberOf, 60)
    .action((asked: Shared & { patience: number }) =>
      line.answer(asked, async (system) => {
        const found = await verify(system, asked.patience);
        return { json: found, text: showVerified(found), status: found.findings.length === 0 ? 0 : 1 };
      }),
    );
}
