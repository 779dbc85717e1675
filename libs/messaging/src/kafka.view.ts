import { randomUUID } from 'node:crypto';
import type { TopicDeclaration } from '@voronka/contracts';
import kafkajs, { AssignerProtocol, Kafka, logLevel, type Admin, type KafkaJSDeleteGroupsError } from 'kafkajs';
import type { KafkaAddress } from './kafka.address.js';
import type { BrokerOptions, IncomingMessage } from './broker.js';
import type { BrokerView, PartitionLag, Stretch, TopicState } from './broker-view.js';
import { readStretches } from './kafka.reading.js';
import { createTopics, keeping } from './kafka.topic.js';

// Not seen among the named exports by Node.
const { ConfigResourceTypes } = kafkajs;
/** Kafka's own numbers for where a setting comes from: those of the topic itself. */
const OF_THE_TOPIC = 1;
const NO_SUCH_GROUP = 69;

interface Reads {
  readonly topics: Set<string>;
  /** `topic/partition` */
  readonly assigned: Set<string>;
}

/** An operator's view of Apache Kafka. It joins no group and commits nothing. */
export class KafkaView implements BrokerView {
  private readonly kafka: Kafka;
  private readonly admin: Admin;
  private readonly prefix: string;
  private connected: Promise<void> | undefined;

  constructor({ brokers, ...access }: KafkaAddress, { clientId, topicPrefix = '' }: BrokerOptions) {
    this.prefix = topicPrefix;
    this.kafka = new Kafka({
      clientId,
      brokers: [...brokers],
      ...access,
      connectionTimeout: 2000,
      requestTimeout: 10_000,
      retry: { initialRetryTime: 100, maxRetryTime: 500, retries: 4 },
      logLevel: logLevel.NOTHING,
    });
    this.admin = this.kafka.admin();
  }

  async lag(groups: readonly string[]): Promise<PartitionLag[]> {
    await this.connect();
    const there = new Set(await this.admin.listTopics());
    const lags: PartitionLag[] = [];
    for (const group of groups) {
      const { topics, assigned } = await this.reads(group);
      const known = [...topics].filter((topic) => topic.startsWith(this.prefix) && there.has(topic)).sort();
      if (known.length === 0) continue;
      const committed = await this.admin.fetchOffsets({ groupId: this.prefix + group, topics: known });
      for (const { topic, partitions } of committed) {
        const ends = new Map((await this.admin.fetchTopicOffsets(topic)).map((end) => [end.partition, end]));
        for (const { partition, offset } of partitions) {
          const low = Number(ends.get(partition)?.low ?? 0);
          const next = Math.max(Number(offset), low);
          const messages = Math.max(0, Number(ends.get(partition)?.high ?? 0) - next);
          lags.push({
            group,
            topic: topic.slice(this.prefix.length),
            partition,
            messages,
            seconds: messages === 0 ? null : await this.age(topic, partition, next),
            reading: assigned.has(`${topic}/${partition}`),
          });
        }
      }
    }
    return lags.sort((a, b) => compare(a.group, b.group) || compare(a.topic, b.topic) || a.partition - b.partition);
  }

  async topics(names: readonly string[]): Promise<TopicState[]> {
    await this.connect();
    const there = new Set(await this.admin.listTopics());
    const wanted = names.map((name) => this.prefix + name).filter((name) => there.has(name));
    if (wanted.length === 0) return [];
    const { topics } = await this.admin.fetchTopicMetadata({ topics: wanted });
    const settings = await this.settings(wanted);
    const sorted = [...topics].sort((a, b) => compare(a.name, b.name));
    return sorted.map(({ name, partitions }) => {
      const value = (setting: string) => settings.get(name)?.find((entry) => entry.configName === setting)?.configValue;
      return {
        name: name.slice(this.prefix.length),
        partitions: partitions.length,
        cleanup: value('cleanup.policy') ?? null,
        retention: Number(value('retention.ms')),
      };
    });
  }

  async extents(topics: readonly string[]): Promise<Stretch[]> {
    await this.connect();
    const there = new Set(await this.admin.listTopics());
    const stretches: Stretch[] = [];
    for (const topic of topics.filter((name) => there.has(this.prefix + name)))
      for (const { partition, low, high } of await this.admin.fetchTopicOffsets(this.prefix + topic))
        stretches.push({ topic, partition, from: Number(low), to: Number(high) });
    return stretches.sort((a, b) => compare(a.topic, b.topic) || a.partition - b.partition);
  }

  /** kafkajs reads as a member of a group only: it is one of this call's own, and is deleted. */
  async read(stretches: readonly Stretch[], each: (message: IncomingMessage) => void): Promise<void> {
    await this.connect();
    const groupId = `${this.prefix}voronka-ops.${randomUUID()}`;
    try {
      await readStretches(this.kafka, { groupId, prefix: this.prefix }, stretches, each);
    } finally {
      await this.admin.deleteGroups([groupId]).catch(() => {});
    }
  }

  async create(topics: readonly TopicDeclaration[]): Promise<void> {
    await this.connect();
    await createTopics(this.admin, this.prefix, topics);
  }

  async keepAsDeclared(topics: readonly TopicDeclaration[]): Promise<void> {
    await this.connect();
    const settings = await this.settings(topics.map((topic) => this.prefix + topic.name));
    for (const topic of topics) {
      const name = this.prefix + topic.name;
      // The request replaces all settings of the topic's own, so those that stay are said again.
      const own = (settings.get(name) ?? []).filter(({ configSource }) => configSource === OF_THE_TOPIC);
      const all = {
        ...Object.fromEntries(own.map(({ configName, configValue }) => [configName, configValue])),
        ...keeping(topic),
      };
      const configEntries = Object.entries(all).map(([entry, value]) => ({ name: entry, value }));
      await this.admin.alterConfigs({
        validateOnly: false,
        resources: [{ type: ConfigResourceTypes.TOPIC, name, configEntries }],
      });
    }
  }

  async forget(group: string): Promise<void> {
    await this.connect();
    try {
      await this.admin.deleteGroups([this.prefix + group]);
    } catch (error) {
      const [refused] = (error as Partial<KafkaJSDeleteGroupsError>).groups ?? [];
      if (refused?.errorCode !== NO_SUCH_GROUP) throw error;
    }
  }

  async close(): Promise<void> {
    await this.connected?.catch(() => {});
    await this.admin.disconnect();
  }

  private connect(): Promise<void> {
    return (this.connected ??= this.admin.connect());
  }

  /** What a group's members subscribe to and are given, and what it has ever committed. */
  private async reads(group: string): Promise<Reads> {
    const groupId = this.prefix + group;
    const topics = new Set((await this.admin.fetchOffsets({ groupId })).map(({ topic }) => topic));
    const assigned = new Set<string>();
    const described = (await this.admin.describeGroups([groupId])).groups[0];
    for (const { memberMetadata, memberAssignment } of described?.members ?? []) {
      const metadata = memberMetadata.length > 0 ? AssignerProtocol.MemberMetadata.decode(memberMetadata) : null;
      for (const topic of metadata?.topics ?? []) topics.add(topic);
      const given = memberAssignment.length > 0 ? AssignerProtocol.MemberAssignment.decode(memberAssignment) : null;
      for (const [topic, partitions] of Object.entries(given?.assignment ?? {})) {
        for (const partition of partitions) assigned.add(`${topic}/${partition}`);
      }
    }
    return { topics, assigned };
  }

  private async settings(topics: readonly string[]) {
    if (topics.length === 0) return new Map<string, never[]>();
    const { resources } = await this.admin.describeConfigs({
      includeSynonyms: false,
      resources: topics.map((name) => ({ type: ConfigResourceTypes.TOPIC, name })),
    });
    return new Map(resources.map(({ resourceName, configEntries }) => [resourceName, configEntries]));
  }

  /**
   * Seconds since the message at an offset was written, exact to one second or a twentieth. Kafka answers which offset
   * came first after a given time: asked back in doubling steps, then halved in between.
   */
  private async age(topic: string, partition: number, offset: number): Promise<number> {
    const now = Date.now();
    const isAfter = async (milliseconds: number) => {
      const found = await this.admin.fetchTopicOffsetsByTimestamp(topic, now - milliseconds);
      return Number(found.find((entry) => entry.partition === partition)?.offset ?? 0) > offset;
    };
    let younger = 0;
    let older = 1000;
    while (older < now && (await isAfter(older))) {
      younger = older;
      older = Math.min(now, older * 2);
    }
    while (older - younger > Math.max(1000, older / 20)) {
      const middle = (older + younger) / 2;
      if (await isAfter(Math.round(middle))) younger = middle;
      else older = middle;
    }
    return Math.round(older / 1000);
  }
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
