import { CommanderError } from 'commander';
import { CommandLine, type Surroundings } from './command-line.js';
import { OpsFailure, WrongArguments } from './failure.js';
import { addBackup } from './backup.command.js';
import { addDeadLetters } from './dlq.command.js';
import { addLag } from './lag.command.js';
import { addParked } from './parked.command.js';
import { addRebuild } from './rebuild.command.js';
import { addStates } from './states.command.js';
import { addTopics } from './topics.command.js';
import { addVerify } from './verify.command.js';

const DESCRIPTION =
  'Shows and mends what is between the services: what they have not read, what is parked, what differs, the topics.';
const SETTINGS =
  '\nIt finds the system by the settings DATABASE_URL (the PostgreSQL server), BROKER_URL and TOPIC_PREFIX, or by --data.';

/** Runs one command line and answers its exit status: 0 done, 1 not done (a sentence says why), 2 the command line is wrong. */
export async function run(args: readonly string[], around: Surroundings): Promise<number> {
  const line = new CommandLine('npm run ops --', DESCRIPTION, around);
  line.program.addHelpText('after', SETTINGS);
  for (const add of [addLag, addParked, addDeadLetters, addVerify, addTopics, addStates, addRebuild, addBackup])
    add(line);
  try {
    await line.program.parseAsync(args, { from: 'user' });
    return line.status;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return 0;
      around.complain(sentenceOf(error));
      return 2;
    }
    if (error instanceof WrongArguments || error instanceof OpsFailure) {
      around.complain(error.message);
      return error instanceof OpsFailure ? 1 : 2;
    }
    throw error;
  }
}

/** Commander's own sentence, with a capital, a full stop and the way to help. */
function sentenceOf({ code, message }: CommanderError): string {
  if (code === 'commander.help') return 'Say what to do: npm run ops -- --help lists it.';
  const said = message.replace(/^error: /, '').trim();
  return `${said.charAt(0).toUpperCase()}${said.slice(1).replace(/\.?$/, '.')} npm run ops -- --help shows how.`;
}
