import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from './random.js';
import { signal, type Stage, until } from './stage.js';

/** Something to be done to the system: drawn from the seed, then done. */
export interface Deed {
  readonly words: string;
  /**
   * Hurts and, after its time, stops hurting; what was ended may still be on its way back. Rejects where it could not be done,
   * with NotPossible where it never can be on this machine.
   */
  run(): Promise<void>;
}

export interface Fault extends Deed {
  readonly kind: string;
}

/** Draws a fault with all its circumstances. */
export type Kind = (stage: Stage, random: Random) => Deed;

/** This machine does not let us do it. */
export class NotPossible extends Error {}

export const deed = (words: string, run: () => Promise<unknown>): Deed => ({
  words,
  run: async () => void (await run()),
});

export const inSeconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

/** Milliseconds out of one of several ranges. */
export const oneOf = (random: Random, ...ranges: readonly (readonly [least: number, most: number])[]): number =>
  random.between(...random.one(ranges));

/** Shorter than the time after which a group gives up a silent reader (6 s), or longer. */
export const aroundTheSession = (random: Random): number => oneOf(random, [800, 3_000], [6_500, 8_500]);

/** What another fault of the round may just have ended is waited for: nothing can be done to what is not there. */
export async function present(name: string, pid: () => number | null): Promise<void> {
  await until(() => pid() !== null, 30_000, `${name} did not come back to be hurt`);
}

/** Ends a process as a crash would. */
export function kill(name: string, control: { readonly pid: number | null; kill(): Promise<void> }): Deed {
  return deed(`kill -9 ${name}`, async () => {
    await present(name, () => control.pid);
    await control.kill();
  });
}

/** Stops processes in their tracks. The first is stopped before `pids` is asked again for those that it started. */
export function freeze(name: string, ms: number, pids: () => readonly (number | null)[]): Deed {
  return deed(`${name} frozen for ${inSeconds(ms)}`, async () => {
    await present(name, () => pids()[0] ?? null);
    const [first = null] = pids();
    signal(first, 'SIGSTOP');
    const frozen = pids();
    for (const pid of frozen) signal(pid, 'SIGSTOP');
    try {
      await sleep(ms);
    } finally {
      for (const pid of [...frozen].reverse()) signal(pid, 'SIGCONT');
    }
  });
}

/** Something that begins, and that the answer of `begin` ends. */
export function during(ms: number, words: string, begin: () => () => void): Deed {
  return deed(`${words}, ${inSeconds(ms)}`, async () => {
    const end = begin();
    try {
      await sleep(ms);
    } finally {
      end();
    }
  });
}

/** Tries again for half a minute: Kafka may be away by another fault of the same round. */
export async function patiently(work: () => Promise<void>): Promise<void> {
  for (const until = Date.now() + 30_000; ;) {
    try {
      return await work();
    } catch (error) {
      if (Date.now() > until) throw error;
      await sleep(500);
    }
  }
}
