import type { Batch, Broker, IncomingMessage, OutgoingMessage, Publisher, Subscription } from '../src/index.js';
import { NoteAmended } from './house.js';

/** A broker that hands over what a test tells it to, as one batch: what is in a batch is chance on a real one. */
export class HandBroker implements Broker {
  private readonly readers: ((batch: Batch) => Promise<void>)[] = [];
  readonly trouble = null;
  private offset = 0;

  /** Resolves when the reader, the first to subscribe unless told, has taken the batch. */
  async hand(messages: readonly OutgoingMessage[], reader = 0): Promise<void> {
    const incoming = messages.map((message) => this.incoming(message));
    const { offset } = this;
    const place = { topic: NoteAmended.topic, partition: 0, next: offset, end: offset };
    const batch = { ...place, messages: incoming, stopping: () => false };
    await this.readers[reader]!(batch);
  }

  ensureTopics(): Promise<void> {
    return Promise.resolve();
  }

  makeTopics(): Promise<void> {
    return Promise.resolve();
  }

  publisher(): Publisher {
    throw new Error('Nothing is sent here.');
  }

  subscribe({ onBatch }: { onBatch(batch: Batch): Promise<void> }): Promise<Subscription> {
    this.readers.push(onBatch);
    return Promise.resolve({
      ready: () => true,
      trouble: null,
      reached: () => Promise.resolve([]),
      close: () => Promise.resolve(),
    });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private incoming({ topic, key, headers, value }: OutgoingMessage): IncomingMessage {
    const bytes = value === null ? null : Buffer.from(value);
    return { topic, key, headers, value: bytes, partition: 0, offset: this.offset++ };
  }
}
