import { Command, InvalidArgumentError } from 'commander';
import { settingsOf, type Settings } from './settings.js';
import { services, System, type Service } from './system.js';

/** Where a run writes, and what it is told by. */
export interface Surroundings {
  readonly environment: NodeJS.ProcessEnv;
  out(text: string): void;
  complain(text: string): void;
}

/** Options that every command has. */
export interface Shared {
  readonly data?: string;
  readonly json?: boolean;
}

/** What a command has to say, to programs and to persons. Status 0 unless told. */
export interface Answer {
  readonly json: unknown;
  readonly text: string;
  readonly status?: number;
}

/** The commands of one run. Each group of them is a file of its own, `<group>.command.ts`, which adds them here. */
export class CommandLine {
  readonly program: Command;
  status = 0;

  constructor(
    name: string,
    description: string,
    private readonly around: Surroundings,
  ) {
    this.program = this.settle(new Command(name).description(description));
  }

  /** A word that others follow: `topics check`. */
  group(name: string, description: string): Command {
    return this.settle(this.program.command(name).description(description));
  }

  /** A command with the options that every one has. Its action is an `answer`. */
  command(parent: Command, name: string, description: string): Command {
    return this.settle(parent.command(name).description(description))
      .option('--data <folder>', 'the data folder of a local npm start, such as .local')
      .option('--json', 'for programs');
  }

  /** Does the work on the system that the settings name, says what it answers, and closes what was opened. */
  async answer({ data, json }: Shared, work: (system: System) => Promise<Answer>): Promise<void> {
    const system = new System(settingsOf(this.around.environment, data));
    try {
      const answer = await work(system);
      this.around.out(json ? JSON.stringify(answer.json, null, 2) : answer.text);
      this.status = answer.status ?? 0;
    } finally {
      await system.close();
    }
  }

  /** The same for work that says line by line how far it is, and answers its exit status. */
  async follow(
    { data }: Shared,
    work: (system: System, settings: Settings, around: Surroundings) => Promise<number>,
  ): Promise<void> {
    const settings = settingsOf(this.around.environment, data);
    const system = new System(settings);
    try {
      this.status = await work(system, settings, this.around);
    } finally {
      await system.close();
    }
  }

  private settle(command: Command): Command {
    return command
      .exitOverride()
      .showSuggestionAfterError(false)
      .configureOutput({ writeOut: (text) => this.around.out(text.trimEnd()), writeErr: () => undefined });
  }
}

export const serviceNames = services.join(', ');

export function serviceOf(name: string): Service {
  const found = services.find((service) => service === name);
  if (!found) throw new InvalidArgumentError(`It is one of ${serviceNames}.`);
  return found;
}

export function numberOf(text: string): number {
  if (!/^[1-9]\d{0,15}$/.test(text)) throw new InvalidArgumentError('Give a whole number from 1 up.');
  return Number(text);
}

export const numbersOf = (text: string, before: number[] = []): number[] => [...before, numberOf(text)];
