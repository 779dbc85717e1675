/** A group that has not come to the end of a topic. */
export interface Behind {
  /** As the broker has it, with whatever prefix. */
  readonly group: string;
  readonly messages: number;
  /** Whether someone of the group is there at all. */
  readonly read: boolean;
}

/** Adds partitions to topics, named without prefix. Each call rejects when the broker does not answer. */
export interface PartitionRaiser {
  /** Of all groups that have ever read the topic or subscribe to it, also those that are not ours, who has yet to read some of it. */
  behind(topic: string): Promise<Behind[]>;
  raise(topic: string, partitions: number): Promise<void>;
  close(): Promise<void>;
}
