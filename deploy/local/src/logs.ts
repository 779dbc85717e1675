import { copyFileSync, readdirSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';

export const KEPT_LOG_BYTES = 10 * 1024 * 1024;

/** Moves what is in a log that has grown large into `<name>.log.1`, in place: the process that writes it goes on appending. */
export function trimLogs(folder: string): void {
  for (const name of readdirSync(folder)) {
    const file = join(folder, name);
    if (!name.endsWith('.log') || statSync(file).size <= KEPT_LOG_BYTES) continue;
    copyFileSync(file, `${file}.1`);
    truncateSync(file);
  }
}
