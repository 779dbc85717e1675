import { setTimeout as sleep } from 'node:timers/promises';
import { namesOf } from '@voronka/contracts';
import type { Admin, Kafka } from 'kafkajs';
import { NotOwner, type Owner } from './broker.js';

/** Milliseconds that a broker which has just started may take to know its groups. */
const PATIENCE = 10_000;

/**
 * Whose the groups of a service are. Each position that is committed says for which database it is true, which costs no topic
 * and no right that a reader has not.
 */
export class KafkaOwner {
  constructor(
    private readonly kafka: Kafka,
    private readonly prefix: string,
    private readonly owner: Owner | undefined,
  ) {}

  /** What to commit with each position. Throws NotOwner where a group's positions are another database's. */
  async require(): Promise<string | null> {
    if (!this.owner) return null;
    const id = await this.owner.id();
    const admin = this.kafka.admin();
    try {
      await admin.connect();
      const others: string[] = [];
      for (const group of this.owner.groups.map((name) => this.prefix + name)) {
        const owners = await ownersOf(admin, group);
        if (owners.some((other) => other !== id)) others.push(group);
      }
      if (others.length > 0) throw new NotOwner(others);
      return id;
    } finally {
      await admin.disconnect().catch(() => {});
    }
  }
}

async function ownersOf(admin: Admin, groupId: string): Promise<string[]> {
  for (const until = performance.now() + PATIENCE; ; await sleep(100)) {
    try {
      const positions = await admin.fetchOffsets({ groupId });
      return positions.flatMap(({ partitions }) => partitions).flatMap(({ metadata }) => metadata || []);
    } catch (error) {
      const settling = namesOf(error).some((name) => /COORDINATOR|^GROUP_LOAD_IN_PROGRESS$/.test(name));
      if (!settling || performance.now() > until) throw error;
    }
  }
}
