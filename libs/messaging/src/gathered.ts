import { setImmediate as nextTurn } from 'node:timers/promises';
import pLimit from 'p-limit';
import type { Batch, IncomingMessage } from './broker.js';

/** So many of what was gathered are under way at the same moment. */
const AT_ONCE = 3;
/** Messages from which on a batch has no others put to it. */
const MANY = 500;

/**
 * Collects what is given within one turn of the event loop and does it at once, since what partitions of a topic bring comes with
 * one answer of the broker. When it fails, it has failed for each.
 */
export function together<T>(work: (all: readonly T[]) => Promise<void>): (one: T) => Promise<void> {
  let waiting: T[] = [];
  let shared: Promise<void> | undefined;
  const begin = async () => {
    await nextTurn();
    const all = waiting;
    waiting = [];
    shared = undefined;
    await work(all);
  };
  return (one) => {
    waiting.push(one);
    return (shared ??= begin());
  };
}

/**
 * Takes batches that come at the same moment as if they were one, as far as they are small, and a few at a time. When some fail, all
 * that came with them may come again. What nobody waits for any more is not begun.
 */
export function gathered(take: (batches: readonly Batch[]) => Promise<void>): (batch: Batch) => Promise<void> {
  const turn = pLimit(AT_ONCE);
  return together(async (all) => {
    const taken = portionsOf(all).map((portion) =>
      turn(() => {
        if (portion.every((batch) => batch.stopping())) throw new Error('The partitions are another reader’s now.');
        return take(portion);
      }),
    );
    const [failure] = (await Promise.allSettled(taken)).filter(({ status }) => status === 'rejected');
    if (failure) await Promise.reject((failure as PromiseRejectedResult).reason);
  });
}

export const messagesOf = (batches: readonly Batch[]): readonly IncomingMessage[] =>
  batches.length === 1 ? batches[0]!.messages : batches.flatMap(({ messages }) => messages);

function portionsOf(batches: readonly Batch[]): Batch[][] {
  const portions: Batch[][] = [];
  let room = 0;
  for (const batch of batches) {
    if (room <= 0) {
      portions.push([]);
      room = MANY;
    }
    portions.at(-1)!.push(batch);
    room -= batch.messages.length;
  }
  return portions;
}
