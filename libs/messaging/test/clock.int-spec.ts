import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { eventually, freshKafka } from '@voronka/testing';
import { brokerFrom, type Place } from '../src/index.js';

jest.setTimeout(45_000);
const MINUTE = 60_000;

describe('a reader on Kafka', () => {
  const { url, topicPrefix } = freshKafka();
  const broker = brokerFrom(url, { clientId: 'test', topicPrefix });
  afterEach(() => broker.close());

  it('joins its group anew once the clock was set back, by which the client library counts its heartbeats', async () => {
    const notes = {
      name: 'notes',
      partitions: 1,
      description: 'Of this test.',
      cleanup: 'delete',
      retention: -1,
    } as const;
    await broker.ensureTopics([notes]);
    const publisher = broker.publisher();
    const joined: (readonly Place[])[] = [];
    const seen: (string | null)[] = [];
    const send = async (key: string) => {
      await publisher.send([{ topic: 'notes', key, headers: {}, value: '{}' }]);
      // Seen and committed: what is in work when a reader leaves comes again.
      const committed = async () => (await subscription.reached())[0]?.next === seen.length;
      await eventually(async () => seen.includes(key) && (await committed()), { within: 20_000 });
    };
    const subscription = await broker.subscribe({
      ...{ group: 'readers', topics: ['notes'], fromBeginning: true },
      onAssigned: (places) => void joined.push(places),
      onBatch: ({ messages }) => Promise.resolve(void seen.push(...messages.map(({ key }) => key))),
    });
    await send('before');
    const times = joined.length;

    const real = Date.now.bind(Date);
    const clock = jest.spyOn(Date, 'now').mockImplementation(() => real() + 35 * MINUTE);
    // After a batch comes a heartbeat, by that clock, and only then the next one.
    await send('ahead');
    await send('still ahead');
    clock.mockRestore();
    await eventually(() => joined.length > times, { within: 10_000 });
    await send('after');
    expect(seen).toEqual(['before', 'ahead', 'still ahead', 'after']);
  });
});
