import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { TopicDeclaration } from '@voronka/contracts';
import {
  brokerFrom,
  brokerViewFrom,
  Database,
  messagingUp,
  OutboxHold,
  OutboxRelay,
  outboxMessages,
  partitionRaiserFrom,
  type Broker,
  type BrokerView,
  type IncomingMessage,
} from '@voronka/messaging';
import { newId } from '@voronka/service-kit';
import { eventually, freshDatabase, freshKafka, type FreshDatabase } from '@voronka/testing';
import { raisePartitions } from '../src/raise.js';
import { System } from '../src/system.js';
import { checkTopics } from '../src/topics.js';

jest.setTimeout(180_000);

const topic: TopicDeclaration = {
  name: 'crm.raised.events',
  description: 'A topic of these tests.',
  partitions: 3,
  cleanup: 'delete',
  retention: -1,
};
const compacted: TopicDeclaration = { ...topic, name: 'crm.raised.state', cleanup: 'compact' };
const absent: TopicDeclaration = { ...topic, name: 'crm.absent.events' };
const topics = [topic, compacted, absent];

/** What a reader has seen of each record: its versions, and where one was not the next. */
class Witness {
  readonly seen = new Map<string, number>();
  readonly partitions = new Set<number>();
  readonly wrong: string[] = [];

  readonly take = ({ messages }: { messages: readonly Pick<IncomingMessage, 'key' | 'headers' | 'partition'>[] }) => {
    for (const { key, headers, partition } of messages) {
      const version = Number(headers['ce_aggregateversion']);
      const before = this.seen.get(key ?? '') ?? 0;
      if (version !== before + 1) this.wrong.push(`${key}: ${version} after ${before}`);
      this.seen.set(key ?? '', Math.max(before, version));
      this.partitions.add(partition);
    }
    return Promise.resolve();
  };
}

describe('npm run ops -- topics raise', () => {
  let url: string;
  let topicPrefix: string;
  let view: BrokerView;
  let own: FreshDatabase;
  let database: Database;
  let broker: Broker;
  let system: System;
  let ends: (() => Promise<unknown>)[];
  const raise = (partitions: number, { name = topic.name, patience = 60 } = {}) =>
    raisePartitions(system, name, partitions, { topics, of: ['leads'], patience });
  const refusal = (partitions: number, options = {}) =>
    raise(partitions, options).catch((error: Error) => error.message);

  beforeEach(async () => {
    ({ url, topicPrefix } = freshKafka());
    own = await freshDatabase();
    database = new Database({ url: own.url });
    for (const text of messagingUp) await database.query({ text });
    await database.query({ text: 'create table version (id uuid primary key, n int not null)' });
    broker = brokerFrom(url, { clientId: 'test', topicPrefix });
    await broker.ensureTopics([topic, compacted]);
    system = new System({ databaseUrl: own.url, brokerUrl: url, topicPrefix }, () => own.url);
    view = brokerViewFrom(url, { clientId: 'test', topicPrefix });
    ends = [() => own.drop(), () => database.close(), () => broker.close(), () => system.close(), () => view.close()];
  });
  afterEach(async () => {
    for (const end of ends.reverse()) await end();
  });

  const records = Array.from({ length: 200 }, newId);
  /** The next version of some records, in one transaction. */
  const write = (ids: readonly string[]) =>
    database.transaction(async () => {
      const { rows } = await database.query<{ id: string; n: number }>({
        text: `insert into version as v select id, 1 from unnest($1::uuid[]) as u(id) order by id
               on conflict (id) do update set n = v.n + 1 returning id, n`,
        values: [ids],
      });
      const messages = rows.map(({ id, n }) => ({
        topic: topic.name,
        key: id,
        headers: { ce_aggregateversion: String(n) },
        value: '{}',
      }));
      await database.query(outboxMessages(messages));
    });
  const relay = () => {
    const started = new OutboxRelay({ database, broker });
    ends.push(() => started.stop());
    started.start();
    return started;
  };
  const listen = async (group: string) => {
    const witness = new Witness();
    const subscription = await broker.subscribe({
      group,
      topics: [topic.name],
      fromBeginning: true,
      onBatch: witness.take,
    });
    ends.push(() => subscription.close());
    return witness;
  };
  const allSeen = async (witness: Witness) => {
    const { rows } = await database.query<{ id: string; n: number }>({ text: 'select id, n from version' });
    return rows.length > 0 && rows.every(({ id, n }) => witness.seen.get(id) === n);
  };
  const partitions = async () => (await view.topics([topic.name]))[0]?.partitions;

  it('keeps the order of every record while events are written, for who reads now and for who begins later', async () => {
    const running = relay();
    const witness = await listen('now');
    let writing = true;
    let writes = 0;
    const writers = Array.from({ length: 4 }, async (_, writer) => {
      for (let i = writer; writing; i += 7) {
        await write([0, 1, 2, 3, 4].map((k) => records[(i + k * 40) % records.length]!).sort());
        running.wake();
        writes += 1;
      }
    });
    await eventually(() => witness.seen.size === records.length, { within: 60_000 });
    const raised = await raise(9);
    expect(raised).toMatchObject({ topic: topic.name, before: 3, partitions: 9 });
    const then = writes;
    // New partitions are noticed within half a minute; until then nothing is read from them.
    await eventually(() => witness.partitions.size === 9 && writes > then + 400, { within: 90_000 });
    writing = false;
    await Promise.all(writers);
    await eventually(() => allSeen(witness), { within: 60_000 });
    expect(witness.wrong).toEqual([]);
    const later = await listen('later');
    await eventually(() => allSeen(later), { within: 60_000 });
    expect(later.wrong).toEqual([]);
    expect(later.partitions.size).toBe(9);
    expect(await checkTopics(system, [topic])).toMatchObject([{ finding: 'raised', why: null }]);
  });

  it('does what is needed: by Kafka alone, while events are unread, a plain reader may see records out of order', async () => {
    relay();
    await write([...records].sort());
    await eventually(async () => (await outboxRows()) === 0);
    const raiser = partitionRaiserFrom(url, { clientId: 'test', topicPrefix });
    ends.push(async () => raiser?.close());
    await raiser?.raise(topic.name, 9);
    const again = brokerFrom(url, { clientId: 'again', topicPrefix });
    ends.push(() => again.close());
    await again
      .publisher()
      .send(records.map((key) => ({ topic: topic.name, key, headers: { ce_aggregateversion: '2' }, value: '{}' })));
    await database.query({ text: 'update version set n = 2' });

    const plain = new Witness();
    const all = await view.extents([topic.name]);
    // It happens to come to the new partitions first.
    for (const stretches of [all.filter((at) => at.partition >= 3), all.filter((at) => at.partition < 3)])
      await view.read(stretches, (message) => void plain.take({ messages: [message] }));
    expect(plain.wrong.filter((line) => line.endsWith(': 1 after 2')).length).toBeGreaterThan(50);

    const ours = await listen('ours');
    await eventually(() => allSeen(ours), { within: 60_000 });
    expect(ours.wrong).toEqual([]);
  });
  const outboxRows = async () =>
    (await database.query<{ n: number }>({ text: 'select count(*) as n from outbox' })).rows[0]?.n;

  it('refuses what would lose events or their order, and says why', async () => {
    expect(await refusal(2)).toMatch(/has 3 partitions already, and none can be taken away/);
    expect(await refusal(3)).toMatch(/has 3 partitions already/);
    expect(await refusal(4)).toMatch(/raise it to a multiple, such as 6/);
    expect(await refusal(9, { name: compacted.name })).toMatch(/is compacted/);
    expect(await refusal(9, { name: absent.name })).toMatch(/is not there yet: npm run ops -- topics apply makes it/);
    expect(await refusal(9, { name: 'crm.note.events.notes.dlq' })).toMatch(/is not a topic that contracts declare/);
    const onPostgres = new System({ databaseUrl: own.url, brokerUrl: own.url, topicPrefix: '' }, () => own.url);
    const answer = raisePartitions(onPostgres, topic.name, 9, { topics, of: ['leads'] });
    await expect(answer).rejects.toThrow('The log in PostgreSQL keeps the partitions it was made with');
    await onPostgres.close();
  });

  it('changes nothing while somebody has still to read, names him, and lets the events go on', async () => {
    relay();
    await write(records.slice(0, 5).sort());
    const witness = await listen('now');
    await eventually(() => allSeen(witness), { within: 30_000 });
    const late = new Witness();
    const other = { group: 'somebody-else', topics: [topic.name], fromBeginning: true as const, onBatch: late.take };
    const subscription = await broker.subscribe(other);
    await eventually(() => allSeen(late), { within: 30_000 });
    await subscription.close();
    await write(records.slice(0, 5).sort());
    await eventually(() => allSeen(witness));
    expect(await refusal(9, { patience: 1 })).toMatch(
      /^Group \w+\.somebody-else has 5 messages of crm\.raised\.events to read and nobody reads for it.*\nNothing was changed\.$/,
    );
    expect(await partitions()).toBe(3);
    await write(records.slice(0, 5).sort());
    await eventually(() => allSeen(witness));
    const back = await broker.subscribe(other);
    ends.push(() => back.close());
    expect(await raise(6)).toMatchObject({ partitions: 6 });
  });

  it('needs no relay where none is at work, and is refused where one does not answer or another raises', async () => {
    const frozen = await database.dedicated();
    await frozen.query('select pg_advisory_lock($1)', [0x766f726f]);
    expect(await refusal(6, { patience: 1 })).toMatch(/^The relay of leads does not answer/);
    await frozen.end();
    const other = new OutboxHold(database, topic.name);
    expect(await other.take()).toBe(true);
    expect(await refusal(6)).toMatch(/is held in voronka_leads by another raise/);
    expect(await other.renew()).toBe(true);
    await other.lift();
    expect(await raise(6)).toMatchObject({ before: 3, partitions: 6 });
  });
});
