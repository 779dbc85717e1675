import { monotonic, pause } from '../harness/clock.js';

export interface OpenLoop {
  readonly perSecond: number;
  readonly seconds: number;
  /** On the monotonic clock: when the first one is due. */
  readonly startAt: number;
}

/** When the `n`th, from 0, is due. What is late is sent late and counted from when it was due, so a stall is not hidden. */
export const dueAt = ({ startAt, perSecond }: OpenLoop, n: number): number => startAt + (n * 1000) / perSecond;

/**
 * Sends at a fixed rate whether or not answers come: `send` is told the numbers that are due, from 0, and is not waited
 * for. Resolves when the last one was sent.
 */
export async function openLoop(
  loop: OpenLoop,
  send: (due: readonly number[]) => void,
  { now = monotonic, wait = pause }: { now?: () => number; wait?: (milliseconds: number) => Promise<void> } = {},
): Promise<void> {
  const total = Math.round(loop.perSecond * loop.seconds);
  for (let n = 0; n < total;) {
    const due: number[] = [];
    for (const moment = now(); n < total && dueAt(loop, n) <= moment; n++) due.push(n);
    if (due.length > 0) send(due);
    if (n < total) await wait(Math.max(1, dueAt(loop, n) - now()));
  }
}
