import { Kafka, type Admin, type KafkaConfig } from 'kafkajs';

/**
 * When a topic is given more partitions, some records go on in a new one, and their earlier events stay where they are. Who
 * begins a partition must first have read so far in those before it, or a record's events would come in the
 * wrong order: so it is for every reader that starts from the beginning, for ever. Nothing else tells that a
 * topic was raised, so every partition is begun so, and for one that never was it is a matter of milliseconds: what was
 * written at the same time lies behind its own beginning.
 *
 * Between the last event before a raise and the first after it lies a second at least (see KafkaRaiser), so the clocks of
 * two relays may differ by as much.
 */
export class Beginnings {
  private readonly begun = new Set<string>();
  /** Of a partition that is still to begin: how far each of those before it must have been read. */
  private readonly goals = new Map<string, readonly { partition: number; offset: number }[]>();
  private admin: Promise<Admin> | undefined;

  constructor(
    private readonly settings: KafkaConfig,
    private readonly groupId: string,
  ) {}

  /** Whether the group may read a partition whose first message, at offset 0, has that time. Ask again a little later if not. */
  async mayBegin(topic: string, partition: number, time: number): Promise<boolean> {
    const name = `${topic}/${partition}`;
    if (partition === 0 || this.begun.has(name)) return true;
    try {
      const admin = await (this.admin ??= this.connect());
      const goals = this.goals.get(name) ?? (await before(admin, topic, partition, time + 1));
      this.goals.set(name, goals);
      const [read] = await admin.fetchOffsets({ groupId: this.groupId, topics: [topic] });
      const offsets = new Map(read?.partitions.map((at) => [at.partition, Number(at.offset)]));
      if (goals.some((goal) => Math.max(0, offsets.get(goal.partition) ?? 0) < goal.offset)) return false;
    } catch {
      await this.close();
      return false;
    }
    this.begun.add(name);
    this.goals.delete(name);
    if (this.goals.size === 0) await this.close();
    return true;
  }

  async close(): Promise<void> {
    const { admin } = this;
    this.admin = undefined;
    await admin?.then((open) => open.disconnect()).catch(() => {});
  }

  private async connect(): Promise<Admin> {
    const admin = new Kafka(this.settings).admin();
    await admin.connect();
    return admin;
  }
}

const before = async (admin: Admin, topic: string, partition: number, time: number) =>
  (await admin.fetchTopicOffsetsByTimestamp(topic, time))
    .map((at) => ({ partition: at.partition, offset: Number(at.offset) }))
    .filter((at) => at.partition < partition && at.offset > 0);
