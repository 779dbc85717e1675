import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, statfsSync } from 'node:fs';

/** What a disk holds at most while it is not made full. */
const SIZE = 4 * 2 ** 30;
const NAME = 'voronka-torture-';

/** A file system in memory that can be made full at once: it is made as small as what is on it. */
export class Disk {
  private constructor(readonly folder: string) {}

  /** Undefined where this machine or this user may not mount. */
  static mount(folder: string): Disk | undefined {
    if (process.platform !== 'linux') return undefined;
    mkdirSync(folder, { recursive: true });
    try {
      mount('-t', 'tmpfs', '-o', `size=${SIZE},mode=755`, `${NAME}${process.pid}`, folder);
      return new Disk(folder);
    } catch {
      return undefined;
    }
  }

  fill(): void {
    for (let tries = 1; ; tries++) {
      const { blocks, bfree, bsize } = statfsSync(this.folder);
      try {
        return mount('-o', `remount,size=${(blocks - bfree + 4) * bsize}`, this.folder);
      } catch (error) {
        // More than that was written to it meanwhile.
        if (tries === 20) throw error;
      }
    }
  }

  empty(): void {
    mount('-o', `remount,size=${SIZE}`, this.folder);
  }

  /** Lets go of it; with `to`, what was on it lies there then. */
  unmount(to?: string): void {
    if (to) cpSync(this.folder, to, { recursive: true });
    execFileSync('umount', ['-l', this.folder], { stdio: 'pipe' });
  }
}

/** Lets go of the disks of runs that were killed. */
export function unmountOrphans(): void {
  if (process.platform !== 'linux') return;
  for (const line of readFileSync('/proc/mounts', 'utf8').split('\n')) {
    const [source = '', folder = ''] = line.split(' ');
    if (!source.startsWith(NAME) || isAlive(Number(source.slice(NAME.length)))) continue;
    try {
      execFileSync('umount', ['-l', folder], { stdio: 'pipe' });
    } catch {
      // Somebody else did, or it is not ours to unmount.
    }
  }
}

function mount(...args: string[]): void {
  execFileSync('mount', args, { stdio: 'pipe' });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
