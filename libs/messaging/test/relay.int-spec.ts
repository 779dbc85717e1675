import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { eventually } from '@voronka/testing';
import { OutboxHold, OutboxRelay, outboxInsert, type Broker, type OutgoingMessage } from '../src/index.js';
import { OutboxHead } from '../src/outbox-head.js';
import { RelaySession } from '../src/relay-session.js';
import { house, newId, NoteAmended, said, type House } from './house.js';

jest.setTimeout(60_000);

/** A broker whose sends end when the test says so. */
function gate() {
  const sends: { messages: readonly OutgoingMessage[]; end(error?: Error): void }[] = [];
  const publisher = {
    send: (messages: readonly OutgoingMessage[]) =>
      new Promise<void>((resolve, reject) => {
        sends.push({ messages, end: (error) => (error ? reject(error) : resolve()) });
      }),
    close: async () => {},
  };
  return { sends, broker: { publisher: () => publisher } as unknown as Broker };
}

describe('the relay while a send is under way', () => {
  let home: House;
  let kafka: ReturnType<typeof gate>;
  let relay: OutboxRelay;
  const nth = (n: number) => eventually(() => kafka.sends[n]);
  const versionOf = ({ headers }: OutgoingMessage) => Number(headers['ce_aggregateversion']);
  const many = (id: string, from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, i) => said(id, from + i));

  const session = async () => {
    const opened = await RelaySession.open(home.database, () => {});
    home.later(() => opened.close());
    return opened;
  };

  beforeEach(async () => {
    home = await house();
    kafka = gate();
    relay = new OutboxRelay({ database: home.database, broker: kafka.broker });
    home.later(() => relay.stop());
  });
  afterEach(() => home.close());

  it('has read the next rows by then, sends each once and in order, and one batch at a time', async () => {
    const id = newId();
    await home.tell(many(id, 1, 2500));
    relay.start();
    const sent = [];
    for (let n = 0; sent.length < 2500; n++) {
      const { messages, end } = await nth(n);
      expect(kafka.sends).toHaveLength(n + 1);
      sent.push(...messages.map(versionOf));
      end();
    }
    expect(sent).toEqual(Array.from({ length: 2500 }, (_, i) => i + 1));
    await eventually(async () => (await relay.depth()).rows === 0);
  });

  it('reads nothing ahead where a row was committed late below those under way, but begins anew, for the order of its record', async () => {
    const [late, others] = [newId(), newId()];
    const head = new OutboxHead(await session());
    const nothing = { topics: [], records: [] };
    let commit = () => {};
    const open = home.database.transaction(async () => {
      await home.database.query(outboxInsert([said(late, 1)], 'test'));
      await new Promise<void>((resolve) => (commit = resolve));
    });
    await eventually(async () => (await home.rows<{ n: number }>(`select last_value as n from outbox_id_seq`))[0]?.n);
    await home.tell(many(others, 1, 3));
    const underWay = await head.read(nothing);
    await home.tell(many(others, 4, 5));
    expect((await head.readBehind(underWay, nothing))?.map(versionOf)).toEqual([4, 5]);
    commit();
    await open;
    await home.tell([said(late, 2)]);
    expect(await head.readBehind(underWay, nothing)).toBeUndefined();
    await head.remove(underWay);
    expect((await head.read(nothing)).map((row) => [row.key, versionOf(row)])).toEqual([
      [late, 1],
      [others, 4],
      [others, 5],
      [late, 2],
    ]);
  });

  it('removes the rows it is told and none between them', async () => {
    const head = new OutboxHead(await session());
    await home.tell(many(newId(), 1, 6));
    const rows = await head.read({ topics: [], records: [] });
    await head.remove([3, 1, 5].map((place) => rows[place]!));
    await head.remove([rows[2]!]);
    expect((await head.read({ topics: [], records: [] })).map(versionOf)).toEqual([1, 5]);
  });

  it('goes back to the first rows when a send fails', async () => {
    const id = newId();
    await home.tell(many(id, 1, 1200));
    relay.start();
    (await nth(0)).end(new Error('The broker is away.'));
    const again = await nth(1);
    expect(again.messages.map(versionOf)).toEqual(kafka.sends[0]?.messages.map(versionOf));
    again.end();
    (await nth(2)).end();
    await eventually(async () => (await relay.depth()).rows === 0);
  });

  it('is heard of by the server however long that takes, so it keeps the lock', async () => {
    await home.tell([said(newId(), 1)]);
    relay.start();
    const { end } = await nth(0);
    const heard = async () => {
      const [session] = await home.rows<{ at: Date }>(
        `select a.query_start as at from pg_stat_activity a join pg_locks l using (pid)
         where l.locktype = 'advisory' and a.datname = current_database()`,
      );
      return session?.at.getTime() ?? 0;
    };
    const before = await heard();
    await eventually(async () => (await heard()) > before + 1500);
    end();
    await eventually(async () => (await relay.depth()).rows === 0);
  });

  it('takes over from one whose process is frozen: it holds the lock and is silent', async () => {
    expect(await (await session()).lock()).toBe(true);
    await home.tell([said(newId(), 1)]);
    relay.start();
    (await eventually(() => kafka.sends[0], { within: 8000 })).end();
    await eventually(async () => (await relay.depth()).rows === 0);
  });

  it('answers a hold once nothing is on its way, and leaves that topic alone until the hold is lifted', async () => {
    const [id, other] = [newId(), newId()];
    const elsewhere = { ...NoteAmended, topic: 'crm.other.events' };
    const sent = (key: string, n: number) =>
      kafka.sends.some(({ messages }) => messages.some((m) => m.key === key && versionOf(m) === n));
    const endAll = () => kafka.sends.forEach(({ end }) => end());
    await home.tell([said(id, 1)]);
    relay.start();
    await nth(0);
    const hold = new OutboxHold(home.database, NoteAmended.topic);
    expect([await hold.take(), await hold.take()]).toEqual([true, false]);
    expect(await hold.answered()).toBe(false);
    await eventually(() => (endAll(), hold.answered()));
    await home.tell([said(id, 2), said(other, 1, { declaration: elsewhere })]);
    relay.wake();
    await eventually(() => sent(other, 1));
    expect(sent(id, 2)).toBe(false);
    endAll();
    await hold.lift();
    await eventually(() => sent(id, 2));
    await eventually(async () => (endAll(), (await relay.depth()).rows === 0));
  });
});
