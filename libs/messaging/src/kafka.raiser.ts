import { setTimeout as sleep } from 'node:timers/promises';
import { AssignerProtocol, Kafka, logLevel, type Admin } from 'kafkajs';
import type { KafkaAddress } from './kafka.address.js';
import type { BrokerOptions } from './broker.js';
import type { Behind, PartitionRaiser } from './partition-raiser.js';

/** So many answers in a row, each of whatever broker is asked, must know the new partitions. */
const ANSWERS = 10;
/** Milliseconds that they may take to do so. */
const PATIENCE = 20_000;

/** Gives topics of Apache Kafka more partitions. It joins no group and commits nothing. */
export class KafkaRaiser implements PartitionRaiser {
  private readonly admin: Admin;
  private readonly prefix: string;
  private connected: Promise<void> | undefined;

  constructor({ brokers, ...access }: KafkaAddress, { clientId, topicPrefix = '' }: BrokerOptions) {
    this.prefix = topicPrefix;
    this.admin = new Kafka({
      clientId,
      brokers: [...brokers],
      ...access,
      connectionTimeout: 2000,
      requestTimeout: 10_000,
      retry: { initialRetryTime: 100, maxRetryTime: 500, retries: 4 },
      logLevel: logLevel.NOTHING,
    }).admin();
  }

  async behind(topic: string): Promise<Behind[]> {
    await this.connect();
    const name = this.prefix + topic;
    const ends = await this.admin.fetchTopicOffsets(name);
    const { groups } = await this.admin.listGroups();
    const found: Behind[] = [];
    for (const { groupId } of groups) {
      const [read] = await this.admin.fetchOffsets({ groupId, topics: [name] });
      const offsets = new Map((read?.partitions ?? []).map(({ partition, offset }) => [partition, Number(offset)]));
      const { subscribes, members } = await this.membersOf(groupId, name);
      if (!subscribes && ![...offsets.values()].some((offset) => offset >= 0)) continue;
      const messages = ends.reduce(
        (sum, { partition, low, high }) => sum + Number(high) - Math.max(offsets.get(partition) ?? 0, Number(low)),
        0,
      );
      if (messages > 0) found.push({ group: groupId, messages, read: members > 0 });
    }
    return found;
  }

  async raise(topic: string, partitions: number): Promise<void> {
    await this.connect();
    const name = this.prefix + topic;
    await this.admin.createPartitions({ topicPartitions: [{ topic: name, count: partitions }] });
    await this.known(name, partitions);
  }

  async close(): Promise<void> {
    await this.connected?.catch(() => {});
    await this.admin.disconnect();
  }

  /**
   * One broker after another learns of the partitions; a producer that asks one that has not would use the old ones. It
   * takes a second at least, by which the first event after the raise is later than the last before it: see Beginnings.
   */
  private async known(topic: string, partitions: number): Promise<void> {
    const until = performance.now() + PATIENCE;
    for (let answers = 0; answers < ANSWERS; await sleep(100)) {
      const { topics } = await this.admin.fetchTopicMetadata({ topics: [topic] });
      const led = topics[0]?.partitions.filter(({ leader }) => leader >= 0).length;
      answers = led === partitions ? answers + 1 : 0;
      if (performance.now() > until)
        throw new Error(`Not all brokers know the new partitions of ${topic} after ${PATIENCE} ms`);
    }
  }

  private async membersOf(groupId: string, topic: string): Promise<{ subscribes: boolean; members: number }> {
    const members = (await this.admin.describeGroups([groupId])).groups[0]?.members ?? [];
    const subscribes = members.some(
      ({ memberMetadata }) =>
        memberMetadata.length > 0 && AssignerProtocol.MemberMetadata.decode(memberMetadata)?.topics.includes(topic),
    );
    return { subscribes, members: members.length };
  }

  private connect(): Promise<void> {
    return (this.connected ??= this.admin.connect());
  }
}
