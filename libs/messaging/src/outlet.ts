import { setImmediate as nextTurn } from 'node:timers/promises';
import type { OutgoingMessage, Publisher } from './broker.js';

/** What one send may carry: if all of it goes to one partition, Kafka takes 1 MiB by default. */
const BYTES = 900 * 1024;

interface Parcel {
  readonly messages: readonly OutgoingMessage[];
  readonly givenUp: () => boolean;
  readonly sent: () => void;
  readonly failed: (error: unknown) => void;
}

/** Lets several senders share a publisher, which takes one send at a time: what has gathered meanwhile travels together. */
export class Outlet {
  private waiting: Parcel[] = [];
  private running = false;

  constructor(private readonly publisher: Publisher) {}

  /** Resolves when the broker has the messages; rejects when that is not certain, or when `givenUp` answers true before they are sent. */
  send(messages: readonly OutgoingMessage[], givenUp: () => boolean): Promise<void> {
    if (messages.length === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.waiting.push({ messages, givenUp, sent: resolve, failed: reject });
      if (!this.running) void this.run();
    });
  }

  close(): Promise<void> {
    return this.publisher.close();
  }

  private async run(): Promise<void> {
    this.running = true;
    // Batches of several partitions come with one answer of the broker.
    await nextTurn();
    while (this.waiting.length > 0) {
      const parcels = this.waiting;
      this.waiting = [];
      await this.deliver(parcels);
    }
    this.running = false;
  }

  private async deliver(parcels: readonly Parcel[]): Promise<void> {
    const wanted = parcels.filter((parcel) => {
      const gone = parcel.givenUp();
      if (gone) parcel.failed(new Error('The partition is another reader’s now.'));
      return !gone;
    });
    try {
      for (const load of loadsOf(wanted.flatMap(({ messages }) => messages))) await this.publisher.send(load);
      for (const { sent } of wanted) sent();
    } catch (error) {
      for (const { failed } of wanted) failed(error);
    }
  }
}

/** The messages in their order, in portions that a broker takes; a message alone may be larger. */
function* loadsOf(messages: readonly OutgoingMessage[]): Generator<OutgoingMessage[]> {
  let load: OutgoingMessage[] = [];
  let bytes = 0;
  for (const message of messages) {
    const size = sizeOf(message);
    if (load.length > 0 && bytes + size > BYTES) {
      yield load;
      load = [];
      bytes = 0;
    }
    load.push(message);
    bytes += size;
  }
  if (load.length > 0) yield load;
}

function sizeOf({ key, headers, value }: OutgoingMessage): number {
  let size = 100 + Buffer.byteLength(key) + (value === null ? 0 : Buffer.byteLength(value));
  for (const name in headers) size += name.length + Buffer.byteLength(headers[name] ?? '') + 4;
  return size;
}
