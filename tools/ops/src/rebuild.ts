import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Surroundings } from './command-line.js';
import { OpsFailure } from './failure.js';
import { databaseOn, type Settings } from './settings.js';
import type { Service } from './system.js';

const root = join(import.meta.dirname, '..', '..', '..');

/**
 * Runs the service's own program, which has its projections, and passes on what it says, line by line. Answers its exit
 * status. A signal is passed on as well: the program ends cleanly and leaves nothing behind.
 */
export async function rebuild(
  settings: Settings,
  service: Service,
  { environment, out, complain }: Surroundings,
  { json = false, databaseUrl = databaseOn(settings.databaseUrl, `voronka_${service}`) } = {},
): Promise<number> {
  const program = join(root, 'services', service, 'dist', 'main.js');
  if (!existsSync(program)) throw new OpsFailure(`${program} is not there: npm run build makes it.`);
  const child = spawn(process.execPath, [program, 'rebuild', ...(json ? ['--json'] : [])], {
    env: {
      ...environment,
      DATABASE_URL: databaseUrl,
      BROKER_URL: settings.brokerUrl,
      TOPIC_PREFIX: settings.topicPrefix,
    },
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
