/** What stops the system from starting, in one sentence for the person at the console: what is wrong and how to mend it. */
export class StartFailure extends Error {
  override readonly name = 'StartFailure';
}

/** The one sentence to show for anything that was thrown, with the disk's own troubles put into words. */
export function sentence(error: unknown): string {
  if (error instanceof StartFailure) return error.message;
  const { code, path, message } = error as NodeJS.ErrnoException;
  const where = path ?? 'the data folder';
  if (code === 'ENOSPC')
    return `There is no room left on the disk for ${where}: free some, or set VORONKA_DATA to a folder on another disk.`;
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS')
    return `${where} may not be written (${code}): give this user the right to, or set VORONKA_DATA to a folder that may.`;
  if (code === 'ENOTDIR' || code === 'EEXIST' || code === 'ENAMETOOLONG')
    return `${where} cannot be a folder (${code}): set VORONKA_DATA to one.`;
  return message ?? String(error);
}

/** A process that did not come up, with the last trouble in what it said. */
export function died(name: string, said: string, logFile: string): StartFailure {
  const lines = said.trim().split('\n');
  const line = lines.findLast((entry) => /FATAL|PANIC|ERROR|Error:|"level":[56]0/.test(entry)) ?? lines.at(-1) ?? '';
  const why = plain(line).slice(0, 300);
  const mend = /no space left/i.test(why)
    ? 'free some room on the disk, or set VORONKA_DATA to a folder on another'
    : `see ${logFile}`;
  return new StartFailure(`${name} did not start (${why}): ${mend}.`);
}

/** The message in a line of JSON log, or the line as it is. */
function plain(line: string): string {
  try {
    const { msg, err } = JSON.parse(line) as { msg?: string; err?: { message?: string } };
    return [msg, err?.message].filter((part, index, all) => part && all.indexOf(part) === index).join(': ');
  } catch {
    return line;
  }
}
