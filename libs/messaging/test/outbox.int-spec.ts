import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { eventually, freshDatabase } from '@voronka/testing';
import { brokerFrom, context, Database, outboxInsert, OutboxRelay, type IncomingMessage } from '../src/index.js';
import { house, newId, NoteAmended, NoteWritten, said, topics, type House } from './house.js';

const header = (message: IncomingMessage | undefined, name: string) => message?.headers[name];
const numberOf = (message: IncomingMessage) => Number(header(message, 'ce_aggregateversion'));

jest.setTimeout(30_000);

describe('the outbox and its relay', () => {
  let home: House;
  let seen: IncomingMessage[];

  beforeEach(async () => {
    home = await house();
    seen = [];
    const subscription = await home.broker.subscribe({
      group: 'witness',
      topics: topics.map((topic) => topic.name),
      fromBeginning: true,
      onBatch: async (batch) => void seen.push(...batch.messages),
    });
    home.later(() => subscription.close());
  });
  afterEach(() => home.close());

  it('carries an event under the attributes of CloudEvents 1.0, in binary mode', async () => {
    home.relay();
    const id = newId();
    const correlationId = newId();
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const event = said(id, 1, { declaration: NoteWritten, recordedAt: new Date('2026-06-01T00:00:00Z'), actor: 'u-1' });
    await context.run({ correlationId, causationId: 'c-1', traceparent, actor: 'u-1' }, () => home.tell([event]));
    const [message] = await eventually(() => seen.length === 1 && seen);
    const { ce_id: eventId, ...headers } = message!.headers;
    expect(eventId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    expect(headers).toEqual({
      ce_specversion: '1.0',
      ce_source: '/voronka/test',
      ce_type: 'crm.note.written',
      ce_time: '2026-03-01T10:00:00.000Z',
      ce_subject: id,
      ce_dataschema: 'urn:voronka:event:crm.note.written:1',
      'content-type': 'application/json',
      ce_eventversion: '1',
      ce_aggregateversion: '1',
      ce_actor: 'u-1',
      ce_correlationid: correlationId,
      ce_causationid: 'c-1',
      ce_traceparent: traceparent,
      ce_recordedat: '2026-06-01T00:00:00.000Z',
    });
    expect([message!.key, message!.value?.toString()]).toEqual([id, JSON.stringify({ note: { id, n: 1 } })]);
  });

  it('loses nothing of eight writers at once and keeps the order of each record', async () => {
    const relay = home.relay();
    const records = Array.from({ length: 6 }, newId);
    await home.rows('create table note_lock (id uuid primary key, n int not null default 0)');
    for (const id of records) await home.rows('insert into note_lock values ($1)', id);
    const change = (id: string) =>
      home.database.transaction(async () => {
        const { rows } = await home.database.query<{ n: number }>({
          text: 'update note_lock set n = n + 1 where id = $1 returning n',
          values: [id],
        });
        await home.database.query(outboxInsert([said(id, rows[0]!.n)], 'test'));
        home.database.afterCommit(() => relay.wake());
      });
    await Promise.all(
      Array.from({ length: 8 }, async (_, writer) => {
        for (let i = 0; i < 50; i++) await change(records[(writer + i) % records.length]!);
      }),
    );
    await eventually(() => seen.length >= 400, { within: 10_000 });
    const orders = records.map((id) => seen.filter((message) => message.key === id).map(numberOf));
    expect(orders).toEqual(orders.map((order) => order.map((_, i) => i + 1)));
    expect(orders.flat()).toHaveLength(400);
    await eventually(async () => (await relay.depth()).rows === 0);
  });

  it('sends nothing of a transaction that was rolled back', async () => {
    const relay = home.relay();
    const undone = home.database.transaction(async () => {
      await home.database.query(outboxInsert([said(newId(), 1)], 'test'));
      throw new Error('No.');
    });
    await expect(undone).rejects.toThrow('No.');
    await home.tell([said(newId(), 2)]);
    relay.wake();
    await eventually(() => seen.length > 0);
    expect(seen.map(numberOf)).toEqual([2]);
  });

  it('has one relay at work; when its connection is cut the lock is taken again, and when it stops another takes over', async () => {
    const first = home.relay();
    await eventually(() => first.isLeading);
    const second = home.relay();
    await home.tell([said(newId(), 1)]);
    second.wake();
    await eventually(() => seen.length === 1);
    expect([first.isLeading, second.isLeading]).toEqual([true, false]);
    const killed = await home.rows<{ pid: number }>(`select pid, pg_terminate_backend(pid) from pg_locks
      where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())`);
    expect(killed).toHaveLength(1);
    await eventually(() => first.isLeading || second.isLeading);
    await first.stop();
    await eventually(() => second.isLeading, { within: 5000 });
    await home.tell([said(newId(), 2)]);
    second.wake();
    await eventually(() => seen.length === 2);
    expect(seen.map(numberOf).sort()).toEqual([1, 2]);
  });

  it('keeps events while the broker is away and sends them in order once it is there', async () => {
    const away = await freshDatabase();
    await away.drop();
    const broker = brokerFrom(away.url, { clientId: 'test' });
    const relay = new OutboxRelay({ database: home.database, broker });
    home.later(() => broker.close());
    home.later(() => relay.stop());
    relay.start();
    const id = newId();
    for (const n of [1, 2, 3]) await home.tell([said(id, n)]);
    relay.wake();
    await eventually(() => relay.isLeading);
    expect((await relay.depth()).rows).toBe(3);
    await home.rows(`create database ${new URL(away.url).pathname.slice(1)}`);
    home.later(() => away.drop());
    await broker.ensureTopics(topics);
    await eventually(async () => (await relay.depth()).rows === 0);
    const late: number[] = [];
    const subscription = await broker.subscribe({
      group: 'late',
      topics: topics.map((topic) => topic.name),
      fromBeginning: true,
      onBatch: async (batch) => void late.push(...batch.messages.map(numberOf)),
    });
    home.later(() => subscription.close());
    await eventually(() => late.length >= 3);
    expect(late).toEqual([1, 2, 3]);
  });

  it('is woken by a writer in another process', async () => {
    const leading = home.relay();
    await eventually(() => leading.isLeading);
    const elsewhere = new Database({ url: home.url });
    home.later(() => elsewhere.close());
    const waiting = new OutboxRelay({ database: elsewhere, broker: home.broker });
    home.later(() => waiting.stop());
    waiting.start();
    await home.tell([said(newId(), 1)]);
    waiting.wake();
    await eventually(() => seen.length === 1);
    expect(waiting.isLeading).toBe(false);
  });

  it('sends large events in several batches, in order', async () => {
    const id = newId();
    const text = 'x'.repeat(400_000);
    for (const n of [1, 2, 3, 4, 5]) await home.tell([said(id, n, { data: { note: { id, n }, by: text } })]);
    home.relay();
    await eventually(() => seen.length === 5, { within: 10_000 });
    expect(seen.map(numberOf)).toEqual([1, 2, 3, 4, 5]);
  });

  it('refuses an event that is too large with a code, and one that does not fit its schema', () => {
    const id = newId();
    const large = said(id, 1, { data: { note: { id, n: 1 }, by: 'ы'.repeat(500_000) } });
    expect(() => outboxInsert([large], 'test')).toThrow(expect.objectContaining({ code: 'EVENT_TOO_LARGE' }));
    const unknown = said(id, 1, { declaration: NoteAmended, data: { note: { id, n: 1 }, colour: 'red' } });
    expect(() => outboxInsert([unknown], 'test')).toThrow('crm.note.amended does not fit its schema');
  });
});
