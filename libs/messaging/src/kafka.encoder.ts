import { createRequire } from 'node:module';
import { crc32c } from './crc32c.js';
import { WireWriter, type WireRecord } from './kafka.wire.js';

export interface ProduceOptions {
  readonly acks: number;
  readonly timeout: number;
  readonly compression: number;
  readonly transactionalId?: string | null;
  readonly producerId: unknown;
  readonly producerEpoch: number;
  readonly topicData: readonly {
    readonly topic: string;
    readonly partitions: readonly {
      readonly partition: number;
      readonly firstSequence?: number;
      readonly messages: readonly (WireRecord & { readonly timestamp?: string })[];
    }[];
  }[];
}
interface ProduceRequest {
  request: { encode: () => Promise<{ buf: Buffer; buffer: Buffer }> };
}
interface Requests {
  Produce: {
    versions: string[];
    protocol: (at: { version: number }) => (options: ProduceOptions) => ProduceRequest;
  };
}

/** The first version of Produce with headers and record batches; up to the last that kafkajs knows, the body is the same. */
const FIRST = 3;
let taken = false;

/**
 * kafkajs makes a buffer for each record and for each of its headers: 40 µs for an event with fifteen. This writes the
 * same bytes into one buffer, and takes the place of the library's own encoding of Produce in its table of requests.
 * The library is pinned and no longer changes; the spec compares the two byte by byte.
 */
export function takeOverEncoding(): void {
  if (taken) return;
  taken = true;
  const { requests } = createRequire(import.meta.url)('kafkajs/src/protocol/requests') as { requests: Requests };
  const { versions, protocol } = requests.Produce;
  requests.Produce = {
    versions,
    protocol: ({ version }) => {
      const produce = protocol({ version });
      return (options) => {
        const made = produce(options);
        if (version < FIRST || !isPlain(options)) return made;
        const encode = () => {
          const body = encodeProduce(options);
          return Promise.resolve({ buf: body, buffer: body });
        };
        return { ...made, request: { ...made.request, encode } };
      };
    },
  };
}

/** Whether it is of the kind that we send: what else the library can do is left to it. */
const isPlain = ({ compression, transactionalId, topicData }: ProduceOptions): boolean =>
  compression === 0 &&
  !transactionalId &&
  topicData.every(({ partitions }) =>
    partitions.every(({ messages }) => messages.every(({ timestamp }) => timestamp === undefined)),
  );

/** The body of a Produce request: https://kafka.apache.org/protocol#The_Messages_Produce, with record batches of version 2. */
export function encodeProduce({ acks, timeout, producerId, producerEpoch, topicData }: ProduceOptions): Buffer {
  const out = new WireWriter();
  const now = BigInt(Date.now());
  out.int16(-1);
  out.int16(acks);
  out.int32(timeout);
  out.int32(topicData.length);
  for (const { topic, partitions } of topicData) {
    out.string(topic);
    out.int32(partitions.length);
    for (const { partition, firstSequence = 0, messages } of partitions) {
      out.int32(partition);
      const size = out.place(4);
      const start = out.end;
      out.int64(0n);
      const length = out.place(4);
      out.int32(0);
      out.int8(2);
      const crc = out.place(4);
      out.int16(0);
      out.int32(messages.length - 1);
      out.int64(now);
      out.int64(now);
      out.int64(BigInt(String(producerId)));
      out.int16(producerEpoch);
      out.int32(firstSequence);
      out.int32(messages.length);
      messages.forEach((message, index) => out.record(message, index));
      out.buffer.writeInt32BE(out.end - start, size);
      out.buffer.writeInt32BE(out.end - length - 4, length);
      out.buffer.writeUInt32BE(crc32c(out.buffer, crc + 4, out.end), crc);
    }
  }
  return out.buffer.subarray(0, out.end);
}
