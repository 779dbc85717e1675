import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { DomainError, type Received } from '@voronka/contracts';
import { eventually, freshKafka } from '@voronka/testing';
import { Kafka, logLevel } from 'kafkajs';
import { brokerViewFrom, rebuildUnderWay, type BrokerView } from '../src/index.js';
import { house, newId, NoteAmended, NoteFiled, said, topics, type House } from './house.js';
import { message } from './message.js';
import { keeper, keptNotes, rebuilding } from './rebuild.js';
import { service, type Note } from './service.js';

jest.setTimeout(90_000);

/** Numbers that the service cannot bear for now, which parks the events that bring them. */
const unbearable = new Set<number>();
const Keeper = keeper((event: Received<Note>) => {
  if (unbearable.has(event.data.note.n))
    throw new DomainError('LEAD_NOT_OPEN', `Nobody can bear ${event.data.note.n}.`);
});

describe.each(['Kafka', 'the log in PostgreSQL'])('a rebuild from %s', (kind) => {
  let home: House;
  let place: { url: string; topicPrefix: string };
  let view: BrokerView;
  let running: Awaited<ReturnType<typeof service>>;
  const start = async () => (running = await service(home, [Keeper]));
  const begin = (controllers = [Keeper]) => rebuilding(home, controllers, place);

  beforeAll(async () => {
    const kafka = freshKafka();
    home = await (kind === 'Kafka' ? house(kafka.url, kafka.topicPrefix) : house());
    place = kind === 'Kafka' ? kafka : { url: home.busUrl, topicPrefix: '' };
    view = brokerViewFrom(place.url, { clientId: 'test', topicPrefix: place.topicPrefix });
    home.later(() => view.close());
    await home.database.query({ text: keptNotes });
    home.relay();
    await start();
  });
  afterAll(() => home.close());
  beforeEach(() => unbearable.clear());

  const rows = () => home.rows<{ id: string; numbers: number[] }>('select * from kept_note order by id');
  const numbersOf = async (id: string) => (await rows()).find((row) => row.id === id)?.numbers;
  /** Events of a record, its next versions, through the outbox. */
  const versions = new Map<string, number>();
  const tell = async (record: string, ...numbers: number[]) => {
    const first = versions.get(record) ?? 0;
    versions.set(record, first + numbers.length);
    await home.tell(numbers.map((n, i) => said(record, first + i + 1, { data: { note: { id: record, n } } })));
  };
  /** Waits until the service has come by everything that was told. */
  const settled = () =>
    eventually(
      async () => {
        const seen = await home.rows<{ record: string; seen: number }>('select record, seen from record_progress');
        return [...versions].every(([id, version]) =>
          seen.some(({ record, seen: to }) => record.endsWith(id) && to === version),
        );
      },
      { within: 30_000 },
    );
  const remains = async () => ({
    schema: await home.rows(`select from pg_namespace where nspname = 'rebuild'`),
    groups: (await view.lag([...groupNames])).length,
  });
  const groupNames = new Set<string>();
  const noteGroup = async () => {
    const [run] = await eventually(() => home.rows<{ groups: string[] }>('select groups from rebuild.run'));
    run?.groups.forEach((group) => groupNames.add(group));
  };

  it('holds what the service holds, while others write, and leaves nothing behind', async () => {
    const records = Array.from({ length: 30 }, newId);
    for (const record of records) await tell(record, 1, 2, 3);
    let round = 3;
    const write = async (going: () => boolean) => {
      while (going()) {
        round += 1;
        await Promise.all(records.map((record) => tell(record, round)));
      }
    };
    let going = true;
    const writing = write(() => going && round < 100);
    const rebuild = await begin();
    await noteGroup();
    const { tables, messages } = await rebuild.done;

    going = false;
    await writing;
    const last = round + 5;
    await write(() => round < last);
    await settled();
    expect(tables).toEqual(['kept_note']);
    expect(messages).toBeGreaterThan(90);
    const expected = Array.from({ length: round }, (_, i) => i + 1);
    expect((await rows()).map(({ numbers }) => numbers)).toEqual(records.map(() => expected));
    expect(await remains()).toEqual({ schema: [], groups: 0 });
  });

  it('makes whole what was damaged', async () => {
    await settled();
    const before = await rows();
    await home.database.query({
      text: `delete from kept_note where id in (select id from kept_note order by id limit 10)`,
    });
    await home.database.query({ text: `update kept_note set numbers = '{0}'` });
    await (
      await begin()
    ).done;
    expect(await rows()).toEqual(before);
  });

  it('waits for parked events and says which; what is discarded has no effect, what is replayed has one', async () => {
    const [given, replayed] = [newId(), newId()];
    [100_666, 100_777].forEach((n) => unbearable.add(n));
    await tell(given, 1, 100_666, 3);
    await tell(replayed, 1, 100_777, 3);
    const parked = await eventually(async () => {
      const list = await running.bus.listParked();
      return list.length === 4 && list.filter(({ status }) => status === 'failed');
    });
    const of = (record: string) => parked.find(({ key }) => key === record)!.id;
    unbearable.clear();

    const rebuild = await begin();
    const sentence = `parked events ${[of(given), of(replayed)].sort((a, b) => a - b).join(', ')}: replay or discard them`;
    await eventually(() => rebuild.told.at(-1)?.waitsFor === sentence, { within: 20_000 });
    await running.bus.discardParked(of(given), 'Nobody needs it.');
    await eventually(() => rebuild.told.at(-1)?.waitsFor === `parked event ${of(replayed)}: replay or discard it`, {
      within: 20_000,
    });
    await running.bus.replayParked(of(replayed));
    await rebuild.done;
    expect(await numbersOf(given)).toEqual([1, 3]);
    expect(await numbersOf(replayed)).toEqual([1, 100_777, 3]);
    // And one that was discarded long ago, of whose record more came since.
    await tell(given, 4);
    await settled();
    const before = await rows();
    await (
      await begin()
    ).done;
    expect(await rows()).toEqual(before);
  });

  it('comes to its end while the service is down, which then goes on where it was', async () => {
    const record = newId();
    await tell(record, 1);
    await settled();
    await running.stop();
    await tell(record, 2, 3);
    await eventually(async () => (await home.rows('select from outbox')).length === 0);
    await home.database.query({ text: 'truncate kept_note' });
    await (
      await begin()
    ).done;
    expect(await numbersOf(record)).toEqual([1]);
    await start();
    await settled();
    expect(await numbersOf(record)).toEqual([1, 2, 3]);
  });

  it('goes beside two instances, one of which is restarted', async () => {
    const other = await service(home, [Keeper]);
    const record = newId();
    let going = true;
    let last = 0;
    const writing = (async () => {
      while (going && last < 500) await tell(record, ++last);
    })();
    const rebuild = await begin();
    await running.stop();
    await start();
    await rebuild.done;
    going = false;
    await writing;
    await settled();
    expect(await numbersOf(record)).toEqual(Array.from({ length: last }, (_, i) => i + 1));
    await other.stop();
  });

  it('is refused while another is under way, which can be stopped and leaves nothing behind', async () => {
    const stuck = newId();
    unbearable.add(100_013);
    await tell(stuck, 100_013);
    await eventually(async () => (await running.bus.listParked()).length === 1);
    const before = await rows();
    const first = await begin();
    await noteGroup();
    await expect((await begin()).done).rejects.toThrow(/^Another rebuild of this service is under way, since /);
    await eventually(() => first.told.at(-1)?.waitsFor?.startsWith('parked event'), { within: 20_000 });
    const underWay = await eventually(async () => {
      const found = await rebuildUnderWay(home.database);
      return found?.taken === found?.known && found;
    });
    expect(underWay.known).toBeGreaterThan(0);
    expect(underWay.silentSeconds).toBeLessThan(10);
    first.stop();
    await expect(first.done).rejects.toThrow('The rebuild was stopped.');
    expect(await remains()).toEqual({ schema: [], groups: 0 });
    expect(await rebuildUnderWay(home.database)).toBeNull();
    expect(await rows()).toEqual(before);
    const [left] = await running.bus.listParked();
    await running.bus.discardParked(left!.id, 'Enough.');
  });

  it('that died leaves the service as it was, and the next one removes what it left', async () => {
    await home.database.query({ text: `insert into record_progress values ('crm.note.events/absent', 1, 1)` });
    const before = await rows();
    const dying = await begin();
    await noteGroup();
    await eventually(async () => (await home.rows('select from rebuild.record_progress')).length > 0);
    const kill = `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'a rebuild' and datname = current_database()`;
    await home.database.query({ text: kill });
    await expect(dying.done).rejects.toThrow(/^The connection to the database was lost, and the lock with it\./);
    expect((await remains()).schema).toHaveLength(1);
    expect(await rows()).toEqual(before);
    await tell(newId(), 1);
    await settled();
    await home.database.query({ text: `delete from record_progress where record like '%absent'` });
    const expected = await rows();
    await (
      await begin()
    ).done;
    expect(await rows()).toEqual(expected);
    expect(await remains()).toEqual({ schema: [], groups: 0 });
  });

  it('changes nothing where the topics lack what the service has taken from them', async () => {
    const before = await rows();
    await home.database.query({ text: `insert into record_progress values ('crm.note.events/absent', 4, 4)` });
    await expect((await begin()).done).rejects.toThrow(
      /^The topics do not hold all that the service has taken from them: version 4 of crm\.note\.events\/absent is not there\./,
    );
    await home.database.query({ text: `delete from record_progress where record like '%absent'` });
    expect(await rows()).toEqual(before);
  });

  it('changes nothing where an event cannot be kept, and names it', async () => {
    const record = newId();
    await tell(record, 100_099);
    await settled();
    const before = await rows();
    const Other = keeper(({ data }) => {
      if (data.note.n === 100_099) throw new DomainError('INVALID_DATE', 'Nothing happened then.');
    });
    await expect((await begin([Other])).done).rejects.toThrow(
      new RegExp(
        `^Event [0-9a-f-]{36} \\(crm\\.note\\.amended, crm\\.note\\.events/${record}, version 1\\) cannot be kept: Nothing happened then\\.`,
      ),
    );
    expect(await rows()).toEqual(before);
    expect((await remains()).schema).toEqual([]);
  });

  it('changes nothing where a projection writes to more than it says', async () => {
    await home.database.query({ text: 'create table aside (n int)' });
    const Other = keeper(async (_, database) => {
      await database.query({ text: 'insert into aside values (1)' });
    });
    await expect((await begin([Other])).done).rejects.toThrow(
      /^A projection writes to aside, which is not among the tables that it says it keeps/,
    );
    expect(await home.rows('select from aside')).toEqual([]);
    await expect((await begin([])).done).rejects.toThrow('test keeps no projections.');
  });

  it('is not led astray by what nobody handles, by what comes twice, or by what is no event', async () => {
    const record = newId();
    await home.tell([
      said(record, 1),
      said(record, 2, { declaration: NoteFiled, data: { note: { id: record, n: 0 } } }),
      said(record, 3),
    ]);
    const twice = message(record, 4);
    const odd = [message(record, 2), message(record, 9, { headers: { ce_aggregateversion: 'nine' } })];
    await eventually(async () => (await home.rows('select from outbox')).length === 0);
    await home.broker.publisher().send([twice, twice, ...odd, message(record, 5)]);
    versions.set(record, 5);
    await settled();
    const parked = await eventually(() => running.bus.listParked());
    for (const { id, status } of parked) if (status === 'failed') await running.bus.discardParked(id, 'No event.');
    await eventually(async () => (await running.bus.listParked()).length === 0);
    expect(await numbersOf(record)).toEqual([1, 3, 4, 5]);
    await home.database.query({ text: `delete from kept_note where id = '${record}'` });
    await (
      await begin()
    ).done;
    expect(await numbersOf(record)).toEqual([1, 3, 4, 5]);
  });
});

describe('a rebuild from Kafka', () => {
  const kafka = freshKafka();
  const admin = new Kafka({ brokers: [kafka.url.slice('kafka://'.length)], logLevel: logLevel.NOTHING }).admin();
  const topic = kafka.topicPrefix + NoteAmended.topic;
  let home: House;
  beforeAll(async () => {
    home = await house(kafka.url, kafka.topicPrefix);
    await home.database.query({ text: keptNotes });
    await admin.connect();
    home.later(() => admin.disconnect());
  });
  afterAll(() => home.close());

  const rows = () => home.rows<{ numbers: number[] }>('select * from kept_note order by id');
  const told = (versions: number) =>
    eventually(
      async () => {
        const seen = await home.rows<{ seen: number }>('select seen from record_progress');
        return seen.length === 60 && seen.every((row) => row.seen === versions);
      },
      { within: 30_000 },
    );

  it('keeps the order of records that moved to partitions which were added later', async () => {
    const records = Array.from({ length: 60 }, newId);
    const send = async (...versions: number[]) => {
      const publisher = home.broker.publisher();
      await publisher.send(versions.flatMap((version) => records.map((record) => message(record, version))));
      await publisher.close();
    };
    const reader = await service(home, [Keeper]);
    await send(1, 2, 3);
    await told(3);
    await reader.stop();
    await admin.createPartitions({ topicPartitions: [{ topic, count: 8 }] });
    await eventually(async () => (await admin.fetchTopicOffsets(topic)).length === 8);
    await service(home, [Keeper]);
    await send(4, 5);
    await told(5);
    const before = await rows();
    expect(before.map(({ numbers }) => numbers)).toEqual(records.map(() => [1, 2, 3, 4, 5]));
    await (
      await rebuilding(home, [Keeper], kafka)
    ).done;
    expect(await rows()).toEqual(before);
  });

  it('changes nothing where a topic has lost its beginning', async () => {
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 1, offset: '2' }] });
    await expect((await rebuilding(home, [Keeper], kafka)).done).rejects.toThrow(
      /^Partition 1 of crm\.note\.events begins at offset 2: what was there before is gone/,
    );
    expect(topics).toHaveLength(1);
  });
});
