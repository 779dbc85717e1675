import { join } from 'node:path';
import { StartFailure } from './failure.js';
import { complaint, run } from './run.js';
import type { RunningSystem } from './running-system.js';
import { type Surroundings, entry, environment } from './services.js';
import { readState, writeState } from './state.js';

/** Who administers the system. Where there is nobody yet, identity makes the first one and tells his password, this once. */
export async function findAdministrator(
  around: Surroundings,
  signal: AbortSignal,
): Promise<RunningSystem['administrator']> {
  const { dataFolder, databaseUrl } = around.settings;
  const state = readState(dataFolder);
  if (databaseUrl === undefined && state.administrator !== undefined)
    return { email: state.administrator, password: null };

  const program = [entry('identity', around.root), 'first-administrator'];
  const { code, stdout, stderr } = await run(process.execPath, program, {
    env: environment('identity', around),
    signal,
  });
  if (code !== 0)
    throw new StartFailure(
      `The first administrator could not be made (${complaint(stderr || stdout)}): see ${join(dataFolder, 'logs', 'identity.log')}.`,
    );
  const { email, password } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as {
    email?: string;
    password?: string;
  };
  if (email === undefined || password === undefined) return { email: null, password: null };
  writeState(dataFolder, { ...state, administrator: email });
  return { email, password };
}
