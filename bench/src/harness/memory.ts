import { readFileSync } from 'node:fs';
import { treeOf } from './cpu.js';

/** Of a process with all that it started, in MiB. */
export interface Memory {
  readonly resident: number;
  /** What is shared counts in shares. */
  readonly proportional: number;
}

/** What each of these processes holds with all that it started; empty where the machine does not tell. */
export function memoryOf(pids: Readonly<Record<string, number>>): Record<string, Memory> {
  const entries = Object.entries(pids).map(([name, pid]) => {
    const all = treeOf(pid).map(held);
    const sum = (of: keyof Memory) => all.reduce((total, memory) => total + memory[of], 0);
    return [name, { resident: sum('resident'), proportional: sum('proportional') }] as const;
  });
  return entries.every(([, { proportional }]) => proportional === 0) ? {} : Object.fromEntries(entries);
}

function held(pid: number): Memory {
  try {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    const mebibytes = (name: string) => Number(new RegExp(`^${name}: +(\\d+) kB`, 'm').exec(text)?.[1] ?? 0) / 1024;
    return { resident: mebibytes('Rss'), proportional: mebibytes('Pss') };
  } catch {
    // It ended meanwhile, or is somebody else's.
    return { resident: 0, proportional: 0 };
  }
}
