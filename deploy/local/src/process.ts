import { spawn, spawnSync } from 'node:child_process';
import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { KEPT_LOG_BYTES } from './logs.js';

export interface Command {
  name: string;
  file: string;
  args: readonly string[];
  env: NodeJS.ProcessEnv;
  logFile: string;
  /** Where the process is noted down, so that the next start can end it if we die before it. */
  runFolder: string;
  cwd?: string;
  uid?: number;
  gid?: number;
  stopSignal?: NodeJS.Signals;
}

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface Child {
  readonly name: string;
  readonly pid: number;
  readonly exited: Promise<Exit>;
  readonly running: boolean;
  /** What it has said so far, its last 64 KiB at most. */
  said(): string;
  /** Asks the process to end and kills it when it has not within `graceMs`. Resolves when it is gone. */
  stop(graceMs: number): Promise<void>;
  kill(): Promise<void>;
}

/**
 * Starts a process in a session of its own (Ctrl-C at the terminal reaches only us, and we stop things in order),
 * with its output appended to its log. Rejects when the file cannot be executed.
 */
export async function launch(command: Command): Promise<Child> {
  const { name, stopSignal = 'SIGTERM' } = command;
  mkdirSync(dirname(command.logFile), { recursive: true });
  mkdirSync(command.runFolder, { recursive: true });
  if ((statSync(command.logFile, { throwIfNoEntry: false })?.size ?? 0) > KEPT_LOG_BYTES)
    renameSync(command.logFile, `${command.logFile}.1`);

  const log = openSync(command.logFile, 'a');
  const before = fstatSync(log).size;
  const child = spawn(command.file, [...command.args], {
    env: command.env,
    detached: true,
    stdio: ['ignore', log, log],
    ...(command.cwd === undefined ? {} : { cwd: command.cwd }),
    ...(command.uid === undefined ? {} : { uid: command.uid, gid: command.gid }),
  });
  closeSync(log);

  let running = true;
  const exited = new Promise<Exit>((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
  await new Promise<void>((resolve, reject) => child.once('spawn', resolve).once('error', reject));
  const pid = child.pid as number;
  const note = join(command.runFolder, `${name}.json`);
  const born = birth(pid);
  if (born !== null) writeFileSync(note, JSON.stringify({ pid, born, stopSignal }));
  void exited.then(() => {
    running = false;
    if (readNote(note)?.pid === pid) rmSync(note, { force: true });
  });

  const kill = async (): Promise<void> => {
    if (running) child.kill('SIGKILL');
    await exited;
  };
  return {
    name,
    pid,
    exited,
    get running() {
      return running;
    },
    said: () => tail(command.logFile, before),
    async stop(graceMs) {
      if (running) child.kill(stopSignal);
      const timer = new AbortController();
      const gone = await Promise.race([
        exited.then(() => true),
        delay(graceMs, false, { signal: timer.signal }).catch(() => true),
      ]);
      timer.abort();
      if (!gone) await kill();
    },
    kill,
  };
}

function tail(file: string, from: number): string {
  const log = openSync(file, 'r');
  try {
    const { size } = fstatSync(log);
    const start = Math.max(size < from ? 0 : from, size - 65_536);
    const bytes = Buffer.alloc(size - start);
    readSync(log, bytes, 0, bytes.length, start);
    return bytes.toString('utf8');
  } finally {
    closeSync(log);
  }
}

interface Note {
  pid: number;
  born: string;
  stopSignal: NodeJS.Signals;
}

/** When a process was born, in whatever words the machine has for it; null when there is no such process. With the pid it names one process for ever. */
export function birth(pid: number): string | null {
  if (process.platform !== 'linux')
    return spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).stdout.trim() || null;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (state === 'Z') return null;
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}/${rest[18]}`;
  } catch {
    return null;
  }
}

/** Ends whatever an earlier run that was killed has left behind; answers the names of what was ended. */
export async function endOrphans(runFolder: string, graceMs = 6000): Promise<string[]> {
  const names = readdirSync(runFolder, { withFileTypes: true }).filter((entry) => entry.name.endsWith('.json'));
  const orphans = names.flatMap(({ name }) => {
    const file = join(runFolder, name);
    const note = readNote(file);
    return note && birth(note.pid) === note.born ? [{ name: name.slice(0, -'.json'.length), file, ...note }] : [];
  });
  for (const orphan of orphans) signal(orphan.pid, orphan.stopSignal);
  const until = Date.now() + graceMs;
  const alive = (): typeof orphans => orphans.filter(({ pid, born }) => birth(pid) === born);
  while (alive().length > 0 && Date.now() < until) await delay(50);
  for (const orphan of alive()) signal(orphan.pid, 'SIGKILL');
  while (alive().length > 0) await delay(20);
  for (const { name } of names) rmSync(join(runFolder, name), { force: true });
  return orphans.map(({ name }) => name);
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It ended by itself in between.
  }
}

function readNote(file: string): Note | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Note;
  } catch {
    return null;
  }
}
