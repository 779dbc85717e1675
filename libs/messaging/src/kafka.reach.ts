import { Kafka, type Admin, type KafkaConfig } from 'kafkajs';
import type { Place, Reached } from './broker.js';

/** Milliseconds for an answer. */
const PATIENCE = 2000;

/** Asks Kafka, over a connection of its own, how far a group has read: a reader that is stuck hears nothing of what came since. */
export class KafkaReach {
  private admin: Promise<Admin> | undefined;

  constructor(
    private readonly settings: KafkaConfig,
    private readonly prefix: string,
    private readonly groupId: string,
  ) {}

  async of(partitions: readonly Place[]): Promise<Reached[]> {
    if (partitions.length === 0) return [];
    const admin = await (this.admin ??= this.connect());
    try {
      const topics = [...new Set(partitions.map(({ topic }) => this.prefix + topic))];
      const committed = await admin.fetchOffsets({ groupId: this.groupId, topics });
      const reached = await Promise.all(
        committed.map(async ({ topic, partitions: of }) => {
          const ends = new Map((await admin.fetchTopicOffsets(topic)).map((end) => [end.partition, end]));
          return of.map(({ partition, offset }) => ({
            topic: topic.slice(this.prefix.length),
            partition,
            next: Math.max(Number(offset), Number(ends.get(partition)?.low ?? 0)),
            end: Number(ends.get(partition)?.high ?? 0),
          }));
        }),
      );
      const own = new Set(partitions.map(({ topic, partition }) => `${topic}/${partition}`));
      return reached.flat().filter(({ topic, partition }) => own.has(`${topic}/${partition}`));
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    const admin = this.admin;
    this.admin = undefined;
    await (await admin?.catch(() => undefined))?.disconnect().catch(() => undefined);
  }

  private async connect(): Promise<Admin> {
    // Not none: kafkajs learns on the way where the group's coordinator is.
    const retry = { initialRetryTime: 50, maxRetryTime: 300, retries: 3 };
    const admin = new Kafka({ ...this.settings, requestTimeout: PATIENCE, retry }).admin();
    try {
      await admin.connect();
      return admin;
    } catch (error) {
      this.admin = undefined;
      await admin.disconnect().catch(() => undefined);
      throw error;
    }
  }
}
