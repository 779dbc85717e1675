import { describe, expect, it } from '@jest/globals';
import { Backlog } from './backlog.js';
import type { Batch } from './broker.js';

const NOW = 1_700_000_000_000;
const message = (offset: number, secondsAgo: number) => ({
  ...{ topic: 'notes', partition: 0, key: 'a', headers: {}, value: null },
  ...{ offset, appendedAt: NOW - secondsAgo * 1000 },
});
/** The messages 3 and 4 of a partition that ends at 10. */
const batch = (more: Partial<Batch> = {}): Batch => ({
  ...{ topic: 'notes', partition: 0, messages: [message(3, 60), message(4, 50)], next: 5, end: 10 },
  stopping: () => false,
  ...more,
});

describe('the backlog of a process', () => {
  const lag = (...told: ((backlog: Backlog) => void)[]) => {
    const backlog = new Backlog();
    for (const tell of told) tell(backlog);
    return backlog.of(['notes'], NOW)[0];
  };
  const given = (one: Batch) => (backlog: Backlog) => backlog.given(one);
  const taken = (one: Batch) => (backlog: Backlog) => backlog.taken(one);
  const nothing = { topic: 'notes', messages: 0, seconds: 0 };

  it('is nothing before anything was given', () => {
    expect(lag()).toEqual(nothing);
  });

  it('counts from the first message of a batch until the batch was taken, however often it comes', () => {
    expect(lag(given(batch()))).toMatchObject({ messages: 7, seconds: 60 });
    expect(lag(given(batch()), given(batch()))).toMatchObject({ messages: 7, seconds: 60 });
    expect(lag(given(batch()), taken(batch()))).toMatchObject({ messages: 5, seconds: 50 });
  });

  it('is nothing at the end of the partition', () => {
    expect(lag(given(batch({ end: 5 })), taken(batch({ end: 5 })))).toEqual(nothing);
  });

  it('is that of the oldest, and the sum, of all partitions of a topic', () => {
    const other = batch({ partition: 1, messages: [message(0, 90)], next: 1, end: 1 });
    expect(lag(given(batch()), given(other))).toMatchObject({ messages: 8, seconds: 90 });
    expect(lag(given(batch()), given({ ...other, topic: 'others' }))).toMatchObject({ messages: 7, seconds: 60 });
  });

  it('forgets partitions that are no longer this process’s, also where their batch ends later', () => {
    const moved = (backlog: Backlog) => backlog.keep([{ topic: 'notes', partition: 1 }]);
    expect(lag(given(batch()), moved)).toEqual(nothing);
    expect(lag(given(batch()), moved, taken(batch({ stopping: () => true })))).toEqual(nothing);
  });

  it('counts what the broker says to wait, also where nothing was given yet, from when that is known', () => {
    const asked =
      (next: number, end: number, partition = 0) =>
      (backlog: Backlog) =>
        backlog.asked([{ topic: 'notes', partition, next, end }]);
    expect(lag(given(batch()), asked(3, 12))).toMatchObject({ messages: 9, seconds: 60 });
    expect(lag(given(batch()), asked(0, 4, 1))).toMatchObject({ messages: 11, seconds: 60 });
    expect(lag(asked(0, 4))).toMatchObject({ messages: 4, seconds: 0 });
    expect(lag(given(batch({ end: 5 })), taken(batch({ end: 5 })), asked(3, 5))).toEqual(nothing);
    const since = Date.now();
    const backlog = new Backlog();
    asked(5, 6)(backlog);
    asked(5, 7)(backlog);
    const [later] = backlog.of(['notes'], since + 30_000);
    expect(later?.messages).toBe(2);
    expect(later?.seconds).toBeCloseTo(30, 0);
  });

  it('believes no clock that is ahead, and counts from now on where nobody says when', () => {
    expect(lag(given(batch({ messages: [message(3, -5)] })))).toMatchObject({ messages: 7, seconds: 0 });
    const silent = { ...message(3, 0), appendedAt: undefined };
    expect(lag(given(batch({ messages: [silent] })))).toMatchObject({ messages: 7, seconds: 0 });
  });
});
