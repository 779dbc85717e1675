/** `topic/partition` and the offset that its next message gets. */
export type Ends = ReadonlyMap<string, number>;

/** A message as it lies there. */
export interface Raw {
  /** Without prefix. */
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly key: string | null;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly value: string | null;
}

/** Whatever carries the events, as the checker reads it: topics of events, facts and states. */
export interface Log {
  ends(): Promise<Ends>;
  /** Every message from there up to here, in the order of each partition. */
  read(from: Ends, to: Ends, each: (message: Raw) => void): Promise<void>;
  /** Partitions of topics that the group reads of which it has not taken all up to these ends, and how many messages. */
  behind(group: string, ends: Ends): Promise<Map<string, number>>;
  close(): Promise<void>;
}

/** Topics that tell what has happened, and what is; not those of dead letters. */
export const isTold = (topic: string): boolean => /^crm\.[^.]+\.(events|facts|state)$/.test(topic);
export const isOfStates = (topic: string): boolean => topic.endsWith('.state');

export const placeName = (topic: string, partition: number): string => `${topic}/${partition}`;
