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
      await eventually(() => seen.includes(key), { within: 20_000 });
    };
    await broker.subscribe({
      ...{ group: 'readers', topics: ['notes'], fromBeginning: true },
      onAssigned: (places) => void joined.push(places),
      onBatch: ({ messages }) => Promise.resolve(void seen.push(...messages.map(({ key }) => key))),
    });
    await send('before');
    const times = joined.length;

    const real = Date.now.bind(Date);
    const clock = jest.spyOn(Date, 'now').mockImplementation(() => real() + 35 * MINUTE);
    // With a message comes a heartbeat, by that clock.
    await send('ahead');
    clock.mockRestore();
    await eventually(() => joined.length > times, { within: 10_000 });
    await send('after');
    expect(seen).toEqual(['before', 'ahead', 'after']);
  });
});
