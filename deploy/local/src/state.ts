import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StartFailure } from './failure.js';

/** What one start has to know of the ones before it. */
export interface State {
  broker?: 'kafka' | 'given' | 'postgres';
  /** Who was made the first administrator of the database that lies in the data folder. */
  administrator?: string;
  /** Whether the demonstration was asked for at the first start, and is whole. */
  demo?: 'begun' | 'whole';
}

export function readState(dataFolder: string): State {
  const file = join(dataFolder, 'state.json');
  if (!existsSync(file)) return {};
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as State;
  } catch {
    throw new StartFailure(`${file} is not JSON any more: put {} into it, or run npm run reset to begin anew.`);
  }
}

export function writeState(dataFolder: string, state: State): void {
  const file = join(dataFolder, 'state.json');
  writeFileSync(`${file}.new`, `${JSON.stringify(state)}\n`);
  renameSync(`${file}.new`, file);
}
