import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import { decodeFetch, withoutIdle } from './kafka.decoder.js';
import { WireWriter, type WireRecord } from './kafka.wire.js';

const load = createRequire(import.meta.url);
const stock = load('kafkajs/src/protocol/requests/fetch/v11/response') as { decode(data: Buffer): Promise<object> };

interface Bent {
  attributes?: number;
  magic?: number;
  first?: bigint;
  time?: bigint;
}

/** A record batch of version 2. */
function batch(
  records: readonly WireRecord[],
  { attributes = 0, magic = 2, first = 7n, time = 1n }: Bent = {},
): Buffer {
  const out = new WireWriter();
  out.int64(first);
  const length = out.place(4);
  out.int32(3);
  out.int8(magic);
  out.int32(-1);
  out.int16(attributes);
  out.int32(records.length - 1);
  out.int64(time);
  out.int64(time + 9n);
  out.int64(2n ** 53n);
  out.int16(4);
  out.int32(5);
  out.int32(records.length);
  records.forEach((record, index) => out.record(record, index));
  out.buffer.writeInt32BE(out.end - length - 4, length);
  return Buffer.from(out.buffer.subarray(0, out.end));
}

/** A response to Fetch, of two topics with the batches in a partition each. */
function response(batches: Buffer, aborted = 0): Buffer {
  const out = new WireWriter();
  out.int32(12);
  out.int16(0);
  out.int32(99);
  out.int32(2);
  for (const topic of ['crm.lead.events', 'темы']) {
    out.string(topic);
    out.int32(2);
    for (const content of [batches, Buffer.alloc(0)]) {
      out.int32(content.length % 6);
      out.int16(0);
      for (const offset of [2n ** 60n, 8n, 0n]) out.int64(offset);
      out.int32(aborted === 0 ? -1 : aborted);
      for (let i = 0; i < 2 * aborted; i++) out.int64(BigInt(i));
      out.int32(-1);
      out.int32(content.length);
      const at = out.place(content.length);
      content.copy(out.buffer, at);
    }
  }
  return Buffer.from(out.buffer.subarray(0, out.end));
}

/** Texts for bytes, in keys and in headers, as we read them. */
function texts(answer: object): unknown {
  const text = (bytes: Buffer | null) => bytes?.toString() ?? '';
  return JSON.parse(
    JSON.stringify(answer, (name, value: unknown) => {
      if (name !== 'messages') return value;
      return (value as { key: Buffer | null; headers: Record<string, Buffer | Buffer[]> }[]).map((message) => ({
        ...message,
        key: message.key?.toString() ?? null,
        headers: Object.fromEntries(
          Object.entries(message.headers).map(([of, one]) => [of, Array.isArray(one) ? one.map(text) : text(one)]),
        ),
      }));
    }),
  );
}
const plain = (answer: object | undefined): unknown => JSON.parse(JSON.stringify(answer));
const same = async (data: Buffer) => expect(plain(decodeFetch(data))).toEqual(texts(await stock.decode(data)));

const words = ['', 'a', 'Иван', '🦉', 'é'.repeat(70), 'x'.repeat(63), 'x'.repeat(64), 'long '.repeat(500)];
const records = words.map((word, i): WireRecord => {
  const headers = {
    ce_id: `id ${i % 3}`,
    same: 'always',
    [`only ${i}`]: word,
    twice: ['one', `two ${i}`],
    constructor: word,
  };
  return { key: i === 2 ? null : word, value: i === 3 ? null : word.repeat(2), headers: i === 4 ? {} : headers };
});

describe('our reading of Fetch', () => {
  it('is that of kafkajs, with texts for keys and headers', async () => {
    const many = Array.from({ length: 70 }, (_, i) => ({
      key: `k${i}`,
      value: `v${i}`,
      headers: { n: String(i % 7) },
    }));
    expect.assertions(6);
    await same(response(batch(many)));
    await same(
      response(Buffer.concat([batch(many), batch(many.slice(0, 5), { first: 2n ** 40n, time: 1_790_000_000_000n })])),
    );
    await same(response(batch([{ key: 'k', value: 'v', headers: { ce_id: '' } }])));
    await same(response(batch([], { attributes: 0x08 })));
    await same(response(batch(many.slice(0, 2), { attributes: 0x08 | 0x10 | 0x20 }), 3));
    const known = records.map(
      ({ headers: { constructor: _, ...headers } = {}, ...rest }) => ({ ...rest, headers }) as WireRecord,
    );
    await same(response(batch(known)));
  });

  it('knows a header that is named as every object’s own', () => {
    const answer = decodeFetch(response(batch(records.slice(0, 2)))) as ReturnType<typeof Object>;
    expect(
      answer.responses[0].partitions[0].messages.map(({ headers }: WireRecord) => headers?.['constructor']),
    ).toEqual(['', 'a']);
  });

  it('leaves out a batch that is cut off, which comes again', async () => {
    const whole = batch(records.slice(0, 1).map(({ key, value }) => ({ key, value })));
    expect.assertions(3);
    for (const cut of [1, 20, whole.length - 5])
      await same(response(Buffer.concat([whole, whole.subarray(0, whole.length - cut)])));
  });

  it('gives the library no work with partitions that bring nothing, but with those that fail or move', () => {
    const partition = { errorCode: 0, preferredReadReplica: -1, messages: [] };
    const told = [
      { ...partition, partition: 1, messages: [{}] },
      { ...partition, partition: 2, errorCode: 6 },
      { ...partition, partition: 3, preferredReadReplica: 4 },
    ];
    const response = { errorCode: 0, responses: [{ topicName: 'notes', partitions: [partition, ...told] }] };
    expect(withoutIdle(response)).toEqual({ errorCode: 0, responses: [{ topicName: 'notes', partitions: told }] });
  });

  it('leaves what is compressed, or of an older format, to the library', () => {
    expect(decodeFetch(response(batch(records, { attributes: 1 })))).toBeUndefined();
    expect(decodeFetch(response(batch(records, { magic: 1 })))).toBeUndefined();
  });
});
