import type { TopicDeclaration } from '@voronka/contracts';
import type { Logger } from './logger.js';
import type { Trouble } from './trouble.js';

export interface OutgoingMessage {
  /** Without any prefix: the adapter adds it. */
  readonly topic: string;
  /** Messages of one key keep their order. */
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  /** UTF-8 text; null is a tombstone. */
  readonly value: string | null;
}

export interface IncomingMessage {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly key: string | null;
  /** A header that came more than once is a list: other producers may do so, ours do not. */
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly value: Buffer | null;
  /** When it was put on the topic, milliseconds since 1970: the broker's word, or its producer's. Absent where nobody says. */
  readonly appendedAt?: number;
}

/** A partition of a topic, without prefix. */
export interface Place {
  readonly topic: string;
  readonly partition: number;
}

/** How far a group has read a partition. */
export interface Reached extends Place {
  /** The first offset that was not taken. */
  readonly next: number;
  /** The offset that the partition's next message gets. */
  readonly end: number;
}

/** Messages of one partition, in order. */
export interface Batch extends Place {
  readonly messages: readonly IncomingMessage[];
  /** The offset that follows the batch. */
  readonly next: number;
  /** The offset that the partition's next message would have got when the batch was read. */
  readonly end: number;
  /** True once the partition is another's or the reader is closing: work that has not begun may be left to the next reader. */
  stopping(): boolean;
}

/**
 * The broker answers, and does not take what it was given for a reason that lies in it: a topic that is unknown or not
 * allowed, a message that is too large. Other topics may go on.
 */
export class Refused extends Error {
  override readonly name = 'Refused';
  constructor(
    message: string,
    /** The reason lies in single messages, or in their number: others for the same topic may be taken. */
    readonly single: boolean,
    /** The broker's own name for the reason. */
    readonly code?: string,
  ) {
    super(message);
  }
}

export interface Publisher {
  /**
   * Resolves when the broker has every message; rejects when that is not certain, and then all may be sent again: with
   * Refused where the reason lies in some of the messages, which is told exactly where they are of one topic.
   * One call at a time.
   */
  send(messages: readonly OutgoingMessage[]): Promise<void>;
  close(): Promise<void>;
}

export interface SubscriptionOptions {
  /** Readers of one group share the partitions; each group gets everything. Without prefix. */
  readonly group: string;
  readonly topics: readonly string[];
  /** Where a group starts that has never committed an offset. */
  readonly fromBeginning: true;
  /**
   * When it resolves, the batch's offsets are committed; when it rejects, the same batch comes again after a pause.
   * Delivery is therefore at least once, in order per record.
   */
  onBatch(batch: Batch): Promise<void>;
  /**
   * Milliseconds that a message may wait for more, for whoever is in no hurry: batches are fewer and larger, and cost
   * less. Absent, messages come as soon as they are there.
   */
  readonly linger?: number;
  /** Told which partitions are this reader's, of all its topics, whenever that may have changed. */
  onAssigned?(partitions: readonly Place[]): void;
}

export interface Subscription {
  /** True while the reader takes part in its group. */
  ready(): boolean;
  /** Why it does not. */
  readonly trouble: Trouble | null;
  /** How far its own partitions are read, whether they have given anything yet or not. Rejects while the broker does not answer. */
  reached(): Promise<readonly Reached[]>;
  /** Lets the batch in work end, commits, leaves the group. */
  close(): Promise<void>;
}

/** The port to whatever carries events. Two adapters, Kafka and PostgreSQL, pass the same contract tests. */
export interface Broker {
  /**
   * Creates the topics that are missing, and sees that the broker's groups are the owner's. Keeps trying while the broker is
   * away; rejects only when closed meanwhile.
   */
  ensureTopics(topics: readonly TopicDeclaration[]): Promise<void>;
  /** Why `ensureTopics` has not come to its end. */
  readonly trouble: Trouble | null;
  /** The same, tried once: rejects where the broker is away, and with Refused where it does not make them. */
  makeTopics(topics: readonly TopicDeclaration[]): Promise<void>;
  publisher(): Publisher;
  /** Answers at once and joins in the background, also while the broker is away: see `Subscription.ready`. */
  subscribe(options: SubscriptionOptions): Promise<Subscription>;
  close(): Promise<void>;
}

/**
 * The database that a service's groups read for: how far they have read is true for that one alone. Where the broker knows
 * them as another's, nothing is read and `ensureTopics` waits: two organisations share a prefix, or a database was made anew.
 */
export interface Owner {
  readonly groups: readonly string[];
  readonly id: () => Promise<string>;
}

/** The broker knows a group as another database's. */
export class NotOwner extends Error {
  override readonly name = 'NotOwner';
  constructor(groups: readonly string[]) {
    super(
      `On this broker ${groups.join(', ')} reads for another database. If that is another organisation’s, give this one a TOPIC_PREFIX of its own. If this database stands in its place, stop the service, npm run ops -- recall <service>, and start it.`,
    );
  }
}

export interface BrokerOptions {
  /** Names this process in the broker's logs. */
  readonly clientId: string;
  /** Put before every topic and group name, so that several organisations can share one broker. */
  readonly topicPrefix?: string;
  readonly logger?: Logger;
  /** Of a service; an operator's tools have none. */
  readonly owner?: Owner;
}
