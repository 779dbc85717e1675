import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StartFailure } from './failure.js';
import { birth } from './process.js';

interface Holder {
  pid: number;
  born: string;
}

/**
 * Makes this process the only one on the data folder; answers what gives it back. Refuses while another one that lives has it;
 * what a dead one left is taken over.
 */
export function lock(dataFolder: string, wanted: string): () => void {
  mkdirSync(dataFolder, { recursive: true });
  const file = join(dataFolder, 'lock.json');
  const mine = `${file}.${process.pid}`;
  writeFileSync(mine, JSON.stringify({ pid: process.pid, born: birth(process.pid) }));
  try {
    while (!claimed(mine, file)) {
      const holder = read(file);
      if (holder && birth(holder.pid) === holder.born)
        throw new StartFailure(
          `Voronka is running on ${dataFolder} already (process ${holder.pid}): stop it ${wanted}, or set VORONKA_DATA to another folder.`,
        );
      takeAway(file, holder);
    }
  } finally {
    rmSync(mine, { force: true });
  }
  return () => rmSync(file, { force: true });
}

/** A link is made whole or not at all, so of two that come at once one gets it. */
function claimed(mine: string, file: string): boolean {
  try {
    linkSync(mine, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Moves the dead one's lock away, and puts it back when it was another's by then. */
function takeAway(file: string, dead: Holder | null): void {
  const aside = `${file}.stale.${process.pid}`;
  try {
    renameSync(file, aside);
    const moved = read(aside);
    if (moved?.pid !== dead?.pid || moved?.born !== dead?.born) claimed(aside, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

function read(file: string): Holder | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Holder;
  } catch {
    return null;
  }
}
