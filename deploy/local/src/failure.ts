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
  return message ?? String(error);
}
