import { readFileSync, readdirSync } from 'node:fs';

/** Linux tells CPU time in hundredths of a second, on every machine Node runs on. */
const TICK_MS = 10;

interface Entry {
  readonly parent: number;
  /** Of the process and of its children that have ended. */
  readonly ms: number;
}

/** Of a line of /proc/<pid>/stat: the parent and the CPU milliseconds, user and system, with the children that were waited for. */
export function parseStat(stat: string): Entry {
  // The name, in brackets, may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  return { parent: Number(fields[1]), ms: ticks * TICK_MS };
}

/** Every process of the machine; none where there is no /proc. */
function processes(): Map<number, Entry> {
  const found = new Map<number, Entry>();
  let names: string[];
  try {
    names = readdirSync('/proc');
  } catch {
    return found;
  }
  for (const name of names.filter((entry) => /^\d+$/.test(entry))) {
    try {
      found.set(Number(name), parseStat(readFileSync(`/proc/${name}/stat`, 'utf8')));
    } catch {
      // It ended meanwhile.
    }
  }
  return found;
}

/** A process and all that it started, that still run. */
export function treeOf(pid: number): number[] {
  const all = [...processes()];
  const tree = (of: number): number[] => [
    of,
    ...all.flatMap(([child, { parent }]) => (parent === of ? tree(child) : [])),
  ];
  return tree(pid);
}

/** CPU milliseconds that each of these processes has used with all that it started. Grows as long as the process lives. */
export function cpuOf<N extends string>(pids: Readonly<Record<N, number>>): Record<N, number> {
  const all = processes();
  const children = new Map<number, number[]>();
  for (const [pid, { parent }] of all) children.set(parent, [...(children.get(parent) ?? []), pid]);
  const tree = (pid: number): number =>
    (all.get(pid)?.ms ?? 0) + (children.get(pid) ?? []).reduce((sum, child) => sum + tree(child), 0);
  return Object.fromEntries(Object.entries<number>(pids).map(([name, pid]) => [name, tree(pid)])) as Record<N, number>;
}

/** What each used since the mark, for one of `count`; empty where the machine does not tell. */
export function cpuEach<N extends string>(
  pids: Readonly<Record<N, number>>,
  since: Readonly<Record<N, number>>,
  count: number,
): Record<string, number> {
  const entries = Object.entries<number>(cpuOf(pids)).map(
    ([name, ms]) => [name, (ms - since[name as N]) / count] as const,
  );
  return entries.every(([, ms]) => ms === 0) ? {} : Object.fromEntries(entries);
}

/** CPU milliseconds all cores have spent on anything since the machine started; 0 where it does not tell. */
export function machineBusyMs(): number {
  try {
    const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n');
    const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = line
      .split(/\s+/)
      .slice(1)
      .map(Number);
    return (user + nice + system + irq + softirq + steal) * TICK_MS;
  } catch {
    return 0;
  }
}
