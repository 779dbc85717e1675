import type { TopicDeclaration } from '@voronka/contracts';
import type { IncomingMessage, Place } from './broker.js';

/** How far a group has read one partition. Names are without prefix. */
export interface PartitionLag {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  /** Messages that the group has not yet taken. */
  readonly messages: number;
  /** How long the oldest of those has been on the topic; null when there is none, or it cannot be known. */
  readonly seconds: number | null;
  /** Whether someone of the group reads the partition now. */
  readonly reading: boolean;
}

/** A topic as the broker has it. Null where the broker has no such setting. */
export interface TopicState {
  readonly name: string;
  readonly partitions: number;
  readonly cleanup: string | null;
  /** Milliseconds; -1 is for ever. */
  readonly retention: number | null;
}

/** Messages of one partition, from an offset up to another that is not among them. */
export interface Stretch extends Place {
  readonly from: number;
  readonly to: number;
}

/** An operator's view of a broker: nothing in it takes part in reading or writing. Each call rejects when the broker does not answer. */
export interface BrokerView {
  /** Of those groups, every partition of a topic that they read or have read. */
  lag(groups: readonly string[]): Promise<PartitionLag[]>;
  /** Of those topics, the ones that are there. */
  topics(names: readonly string[]): Promise<TopicState[]>;
  /** Of those topics, all that each partition holds now; of one that is not there, nothing. */
  extents(topics: readonly string[]): Promise<Stretch[]>;
  /** Calls back with each message there, in the order of its partition; one stretch of each partition at most. Commits nothing, and leaves no group behind. */
  read(stretches: readonly Stretch[], each: (message: IncomingMessage) => void): Promise<void>;
  create(topics: readonly TopicDeclaration[]): Promise<void>;
  /** Gives topics that are there the cleanup and the retention of their declarations; their other settings stay. */
  keepAsDeclared(topics: readonly TopicDeclaration[]): Promise<void>;
  /** Removes what the broker keeps of a group; rejects while somebody reads in it. */
  forget(group: string): Promise<void>;
  close(): Promise<void>;
}
