import { createRequire } from 'node:module';
import { WireReader } from './kafka.wire-reader.js';

type Decode = (data: Buffer) => Promise<unknown>;
interface FetchRequest {
  response: { decode: Decode };
}
interface Requests {
  Fetch: {
    versions: string[];
    protocol: (at: { version: number }) => (options: unknown) => FetchRequest;
  };
}

/** The version of Fetch that kafkajs speaks with every broker since Kafka 2.3. */
const VERSION = 11;
const MAGIC = 2;
/** Bytes of a record batch before its records; the first twelve tell where it ends. */
const BATCH_HEADER = 61;
const COMPRESSED = 0x07;
const LOG_APPEND_TIME = 0x08;
const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;
let taken = false;

/**
 * kafkajs reads a record with a buffer for each of its headers, and a copy of all headers for each as well: a third of
 * what taking an event costs. This reads a response to Fetch into what the library makes of it, but for keys and headers,
 * which are texts, and takes the place of the library's own reading in its table of requests. What it does not know (a
 * compressed batch, an older format) is left to the library. The library is pinned and no longer changes; the spec
 * compares the two.
 */
export function takeOverDecoding(): void {
  if (taken) return;
  taken = true;
  const { requests } = createRequire(import.meta.url)('kafkajs/src/protocol/requests') as { requests: Requests };
  const { versions, protocol } = requests.Fetch;
  requests.Fetch = {
    versions,
    protocol: ({ version }) => {
      const fetch = protocol({ version });
      if (version !== VERSION) return fetch;
      return (options) => {
        const made = fetch(options);
        const decode: Decode = async (data) => {
          const response = decodeFetch(data);
          return response ? withoutIdle(response) : made.response.decode(data);
        };
        return { ...made, response: { ...made.response, decode } };
      };
    },
  };
}

interface FetchResponse {
  readonly responses: readonly { readonly partitions: readonly FetchedPartition[] }[];
}
interface FetchedPartition {
  readonly errorCode: number;
  readonly preferredReadReplica: number;
  readonly messages: readonly object[];
}

/**
 * The partitions that have something to tell: the library gives an empty one as much of its own work as a full one, and most are
 * empty. Left out, as the protocol's own fetch sessions do.
 */
export function withoutIdle<R extends FetchResponse>(response: R): R {
  const tells = ({ errorCode, preferredReadReplica, messages }: FetchedPartition) =>
    errorCode !== 0 || preferredReadReplica !== -1 || messages.length > 0;
  const responses = response.responses.map((topic) => ({ ...topic, partitions: topic.partitions.filter(tells) }));
  return { ...response, responses };
}

/** The body of a response to Fetch: https://kafka.apache.org/protocol#The_Messages_Fetch. Undefined where a batch is of another kind. */
export function decodeFetch(data: Buffer) {
  const reader = new WireReader(data);
  const clientSideThrottleTime = reader.int32();
  const errorCode = reader.int16();
  const sessionId = reader.int32();
  let known = true;
  const responses = reader.array(() => ({
    topicName: reader.string(),
    partitions: reader.array(() => {
      const partition = partitionOf(reader);
      const size = reader.int32();
      const end = reader.at + Math.max(0, size);
      const messages = recordsOf(reader, end);
      known &&= messages !== undefined;
      reader.at = end;
      return { ...partition, messages: messages ?? [] };
    }),
  }));
  // The broker has not throttled us; it asks us to do so, and the library would wait a second time.
  return known ? { throttleTime: 0, clientSideThrottleTime, errorCode, sessionId, responses } : undefined;
}

const partitionOf = (reader: WireReader) => ({
  partition: reader.int32(),
  errorCode: reader.int16(),
  highWatermark: String(reader.int64()),
  lastStableOffset: String(reader.int64()),
  lastStartOffset: String(reader.int64()),
  abortedTransactions: reader.array(() => ({
    producerId: String(reader.int64()),
    firstOffset: String(reader.int64()),
  })),
  preferredReadReplica: reader.int32(),
});

/** The records of the batches until `end`; the last one may be cut off, and comes again. Undefined where one is of another kind. */
function recordsOf(reader: WireReader, end: number): object[] | undefined {
  const records: object[] = [];
  while (reader.at + BATCH_HEADER <= end) {
    const first = reader.int64();
    const length = reader.int32();
    const next = reader.at + length;
    if (next > end) break;
    const partitionLeaderEpoch = reader.int32();
    if (reader.int8() !== MAGIC) return undefined;
    reader.int32(); // the checksum, which kafkajs does not look at either
    const attributes = reader.int16();
    if ((attributes & COMPRESSED) !== 0) return undefined;
    const lastOffsetDelta = reader.int32();
    const firstTime = reader.int64();
    const maxTimestamp = String(reader.int64());
    const producerId = String(reader.int64());
    const producerEpoch = reader.int16();
    const firstSequence = reader.int32();
    const isControlBatch = (attributes & CONTROL) !== 0;
    const appended = (attributes & LOG_APPEND_TIME) !== 0;
    const batchContext = {
      firstOffset: String(first),
      firstTimestamp: String(firstTime),
      partitionLeaderEpoch,
      inTransaction: (attributes & TRANSACTIONAL) !== 0,
      isControlBatch,
      lastOffsetDelta,
      producerId,
      producerEpoch,
      firstSequence,
      maxTimestamp,
      timestampType: appended ? 1 : 0,
      magicByte: MAGIC,
    };
    const [offset, time] = [Number(first), Number(firstTime)];
    const count = reader.int32();
    for (let i = 0; i < count; i++) {
      const { attributes, timestampDelta, offsetDelta, key, value, headers } = reader.record();
      records.push({
        magicByte: MAGIC,
        attributes,
        timestamp: appended ? maxTimestamp : String(time + timestampDelta),
        offset: String(offset + offsetDelta),
        key,
        value,
        headers,
        isControlRecord: isControlBatch,
        batchContext,
      });
    }
    reader.at = next;
  }
  return records;
}
