import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import type { Batch } from './broker.js';
import { gathered } from './gathered.js';

const batch = (partition: number, messages = 1, stopping = false): Batch => ({
  ...{ topic: 'notes', partition, next: messages, end: messages },
  messages: Array.from({ length: messages }, (_, offset) => ({
    ...{ topic: 'notes', partition, offset, key: null, headers: {}, value: null },
  })),
  stopping: () => stopping,
});

/** What is taken, portion by portion; each ends when the test says so. */
class Hand {
  readonly portions: number[][] = [];
  readonly ends: { resolve: () => void; reject: (error: Error) => void }[] = [];
  readonly take = gathered((batches) => {
    this.portions.push(batches.map(({ partition }) => partition));
    return new Promise((resolve, reject) => this.ends.push({ resolve, reject }));
  });
}

describe('batches that come at the same moment', () => {
  it('are taken as one, and those that come later by themselves', async () => {
    const hand = new Hand();
    const first = [hand.take(batch(0)), hand.take(batch(1))];
    await nextTurn();
    const second = hand.take(batch(2));
    await nextTurn();
    expect(hand.portions).toEqual([[0, 1], [2]]);
    hand.ends[1]!.resolve();
    await second;
    hand.ends[0]!.resolve();
    await Promise.all(first);
  });

  it('are divided where they are large, and no more than three portions are taken at once', async () => {
    const hand = new Hand();
    const all = Promise.all([0, 1, 2, 3, 4, 5].map((n) => hand.take(batch(n, n < 2 ? 300 : 700))));
    await nextTurn();
    expect(hand.portions).toEqual([[0, 1], [2], [3]]);
    hand.ends[0]!.resolve();
    await nextTurn();
    expect(hand.portions).toEqual([[0, 1], [2], [3], [4]]);
    for (let n = 1; n < 5; n++) {
      hand.ends[n]!.resolve();
      await nextTurn();
    }
    await all;
    expect(hand.portions.at(-1)).toEqual([5]);
  });

  it('have failed together where one of their portions fails, once none is under way any more', async () => {
    const hand = new Hand();
    const told: string[] = [];
    const small = hand.take(batch(0, 600)).catch(({ message }: Error) => told.push(`0: ${message}`));
    const other = hand.take(batch(1, 600)).catch(({ message }: Error) => told.push(`1: ${message}`));
    await nextTurn();
    hand.ends[0]!.reject(new Error('no database'));
    await nextTurn();
    expect(told).toEqual([]);
    hand.ends[1]!.resolve();
    await Promise.all([small, other]);
    expect(told).toEqual(['0: no database', '1: no database']);
  });

  it('are not begun where all of them have become another reader’s', async () => {
    const hand = new Hand();
    await expect(Promise.all([hand.take(batch(0, 1, true)), hand.take(batch(1, 1, true))])).rejects.toThrow(
      'another reader’s',
    );
    expect(hand.portions).toEqual([]);
  });
});
