import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Surroundings } from './command-line.js';
import { OpsFailure } from './failure.js';
import type { Service } from './system.js';

const root = join(import.meta.dirname, '..', '..', '..');

/**
 * Runs the service's own program, which has its tables and projections, and passes on what it says, line by line. Answers its
 * exit status. A signal is passed on as well: the program ends cleanly and leaves nothing behind.
 */
export async function runProgram(
  service: Service,
  args: readonly string[],
  settings: NodeJS.ProcessEnv,
  { environment, out, complain }: Surroundings,
): Promise<number> {
  const program = join(root, 'services', service, 'dist', 'main.js');
  if (!existsSync(program)) throw new OpsFailure(`${program} is not there: npm run build makes it.`);
  const child = spawn(process.execPath, [program, ...args], {
    env: { ...environment, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const pass = (signal: NodeJS.Signals) => void child.kill(signal);
  const signals = ['SIGINT', 'SIGTERM'] as const;
  for (const signal of signals) process.on(signal, pass);
  createInterface({ input: child.stdout }).on('line', out);
  createInterface({ input: child.stderr }).on('line', complain);
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once('error', (error) => reject(new OpsFailure(`${program} cannot be started: ${error.message}.`)));
      // Not `exit`: what it said last must have been passed on. Without a status it was killed.
      child.once('close', (status) => resolve(status ?? 1));
    });
  } finally {
    for (const signal of signals) process.off(signal, pass);
  }
}
