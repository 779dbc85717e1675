import { createRequire } from 'node:module';
import { describe, expect, it, jest } from '@jest/globals';
import { Partitioners } from 'kafkajs';
import { crc32c } from './crc32c.js';
import { encodeProduce, type ProduceOptions } from './kafka.encoder.js';
import { murmur2, partitionByKey } from './kafka.partitioner.js';

type Stock = (options: ProduceOptions) => { encode(): Promise<{ buffer: Buffer }> };
const load = createRequire(import.meta.url);
const stock = load('kafkajs/src/protocol/requests/produce/v7/request') as Stock;

const texts = ['', 'a', 'Иван Петров', '🦉', 'é'.repeat(40), 'x'.repeat(63), 'x'.repeat(64), 'ы'.repeat(40_000)];
const request = (more: Partial<ProduceOptions> = {}): ProduceOptions => ({
  acks: -1,
  timeout: 30_000,
  compression: 0,
  producerId: '9007199254740993',
  producerEpoch: 3,
  topicData: [],
  ...more,
});
const same = async (options: ProduceOptions) => {
  const expected = (await stock(options).encode()).buffer;
  const found = encodeProduce(options);
  return found.equals(expected);
};

describe('our encoding of Produce', () => {
  it('is the same, byte by byte, as that of kafkajs', async () => {
    jest.useFakeTimers({ now: new Date('2026-03-01T10:00:00Z') });
    const headers = Object.fromEntries(texts.slice(0, -1).map((text, i) => [`ce_${i}${text.slice(0, 3)}`, text]));
    const messages = texts.map((text, i) => ({
      key: i === 0 ? null : text,
      value: i === 1 ? null : text.repeat(3),
      headers: i === 2 ? undefined : { ...headers, twice: ['one', Buffer.from('two')], raw: Buffer.from([0, 255]) },
    }));
    const many = Array.from({ length: 300 }, (_, i) => ({ key: `k${i}`, value: Buffer.from(`v${i}`), headers: {} }));
    const topicData = [
      {
        topic: 'crm.lead.events',
        partitions: [
          { partition: 0, firstSequence: 7, messages },
          { partition: 11, messages: many },
        ],
      },
      { topic: 'темы', partitions: [{ partition: 2, firstSequence: 2 ** 31 - 1, messages: messages.slice(3, 4) }] },
    ];
    expect(await same(request({ topicData }))).toBe(true);
    expect(await same(request())).toBe(true);
    jest.useRealTimers();
  });

  it('has the checksum that is known for Castagnoli', () => {
    const digits = Buffer.from('..123456789');
    expect(crc32c(digits, 2, digits.length)).toBe(0xe3069283);
  });
});

describe('the partition of a key', () => {
  it('is the one that the Java client chooses', () => {
    // From Kafka's own UtilsTest.
    const known = { '21': -973932308, foobar: -790332482, 'a-little-bit-long-string': -985981536 };
    for (const [key, hash] of Object.entries(known)) expect(murmur2(Buffer.from(key))).toBe(hash);
  });

  it('is the one that kafkajs chooses', () => {
    const partitionMetadata = Array.from({ length: 7 }, (_, partitionId) => ({ partitionId })) as never;
    const choose = (partitioner: ReturnType<typeof partitionByKey>) =>
      [...texts, ...Array.from({ length: 500 }, (_, i) => `${i * 7919}`)].map((key) =>
        partitioner({ topic: 't', partitionMetadata, message: { key, value: null } }),
      );
    expect(choose(partitionByKey())).toEqual(choose(Partitioners.DefaultPartitioner()));
  });
});
