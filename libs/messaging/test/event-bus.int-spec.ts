import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { DomainError, type Received } from '@voronka/contracts';
import { eventually } from '@voronka/testing';
import { context, type MessageContext, type OutgoingMessage } from '../src/index.js';
import { house, newId, NoteFiled, said, type House } from './house.js';
import { message } from './message.js';
import { reader, service, type Note } from './service.js';

jest.setTimeout(30_000);

describe('the event bus', () => {
  let home: House;
  const send = (...messages: OutgoingMessage[]) => home.broker.publisher().send(messages);
  const effects = (record?: string) =>
    home
      .rows<{ by: string; record: string; n: number }>('select by, record, n from effect order by place')
      .then((rows) => rows.filter((row) => !record || row.record === record));
  const numbers = async (record: string) => (await effects(record)).map((row) => row.n);

  beforeEach(async () => {
    home = await house();
  });
  afterEach(() => home.close());

  it('brings an event with its attributes, and makes it the cause of what follows', async () => {
    let got: Received<Note> | undefined;
    let within: MessageContext | undefined;
    await service(home, [
      reader('a', (event) => {
        got = event;
        within = context.get();
      }),
    ]);
    const id = newId();
    const relay = home.relay();
    await home.tell([said(id, 1, { actor: 'u-7' })]);
    relay.wake();
    const event = await eventually(() => got);
    expect(event).toMatchObject({
      type: 'crm.note.amended',
      version: 1,
      topic: 'crm.note.events',
      subject: id,
      aggregateVersion: 1,
      actor: 'u-7',
      causationId: null,
      occurredAt: new Date('2026-03-01T10:00:00Z'),
      data: { note: { id, n: 1 } },
    });
    expect(within).toEqual({
      correlationId: event.correlationId,
      causationId: event.id,
      actor: 'u-7',
      traceparent: null,
    });
  });

  it('applies an event once that is delivered three times, in one batch and in another', async () => {
    await service(home, [reader('a')]);
    const id = newId();
    const [first, second] = [message(id, 1), message(id, 2)];
    await send(first, first, second);
    await eventually(async () => (await numbers(id)).length === 2);
    await send(first, message(id, 3));
    await eventually(async () => (await numbers(id)).length === 3);
    expect(await numbers(id)).toEqual([1, 2, 3]);
  });

  it('runs several handlers of one type in order, and keeps the effects of all or of none', async () => {
    let broken = true;
    const fussy = reader('b', () => {
      if (broken) throw new DomainError('CONFLICT', 'Not now.');
    });
    const { bus } = await service(home, [reader('a'), fussy]);
    const id = newId();
    await send(message(id, 1));
    await eventually(async () => (await bus.parked()).retrying === 1);
    expect(await effects()).toEqual([]);
    broken = false;
    await eventually(async () => (await effects()).length === 2, { within: 10_000 });
    expect((await effects()).map((row) => row.by)).toEqual(['a', 'b']);
  });

  it('parks a poison event and holds back its record alone, and replays in order once the poison is mended', async () => {
    const poisoned = newId();
    let mended = false;
    const rule = (event: Received<Note>) => {
      if (event.subject === poisoned && event.data.note.n === 2 && !mended) {
        throw new DomainError('LEAD_NOT_OPEN', 'The rule says no.');
      }
    };
    const { bus } = await service(home, [reader('a', rule)]);
    const others = Array.from({ length: 20 }, newId);
    await send(...[1, 2, 3].flatMap((n) => [poisoned, ...others].map((record) => message(record, n))));
    await eventually(async () => (await effects()).length === 61);
    await send(message(poisoned, 4), message(others[0]!, 4));
    await eventually(async () => (await numbers(others[0]!)).length === 4);
    expect(await numbers(poisoned)).toEqual([1]);
    await eventually(async () => (await bus.parked()).waiting === 2);
    expect(await bus.parked()).toEqual({ failed: 1, retrying: 0, waiting: 2 });

    const [head, behind] = await bus.listParked();
    expect(head).toMatchObject({
      status: 'failed',
      code: 'LEAD_NOT_OPEN',
      error: 'The rule says no.',
      attempts: 1,
      key: poisoned,
    });
    await expect(bus.replayParked(behind!.id)).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await bus.replayParked(head!.id)).toMatchObject({ status: 'failed', attempts: 2 });
    expect(await numbers(poisoned)).toEqual([1]);

    mended = true;
    expect(await bus.replayParked(head!.id)).toMatchObject({ status: 'replayed', eventId: head!.eventId });
    expect(await numbers(poisoned)).toEqual([1, 2, 3, 4]);
    await send(message(poisoned, 5));
    await eventually(async () => (await numbers(poisoned)).length === 5);
    expect(await bus.parked()).toEqual({ failed: 0, retrying: 0, waiting: 0 });
    await expect(bus.replayParked(head!.id)).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it('lets an operator discard an event with a reason, and those behind it go on', async () => {
    const { bus } = await service(home, [
      reader('a', ({ data }) => {
        if (data.note.n === 1) throw new DomainError('LEAD_NOT_OPEN', 'The rule says no.');
      }),
    ]);
    const id = newId();
    await send(message(id, 1), message(id, 2));
    await eventually(async () => (await bus.parked()).waiting === 1);
    const [head] = await bus.listParked();
    await expect(bus.discardParked(head!.id, ' ')).rejects.toMatchObject({ code: 'REQUIRED', field: 'reason' });
    expect(await bus.discardParked(head!.id, 'Sent by mistake.')).toMatchObject({
      status: 'discarded',
      reason: 'Sent by mistake.',
    });
    expect(await numbers(id)).toEqual([2]);
    await expect(bus.discardParked(999, 'Why not.')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('tries what may succeed a few times at once, then parks it and tries by itself until it does', async () => {
    let attempts = 0;
    const { bus } = await service(home, [
      reader('a', () => {
        attempts += 1;
        if (attempts < 6) throw new Error('The moon is in the way.');
      }),
    ]);
    const id = newId();
    await send(message(id, 1), message(id, 2));
    await eventually(async () => (await bus.parked()).retrying === 1);
    expect(attempts).toBe(4); // with the whole batch, then apart three times
    await eventually(async () => (await numbers(id)).length === 2, { within: 15_000 });
    expect(await numbers(id)).toEqual([1, 2]);
  });

  it('mends a failure that passes in place, and parks nothing', async () => {
    let attempts = 0;
    const { bus } = await service(home, [
      reader('a', async (_, database) => {
        attempts += 1;
        if (attempts < 3) await database.query({ text: 'do $$ begin raise deadlock_detected; end $$' });
      }),
    ]);
    const id = newId();
    await send(message(id, 1));
    await eventually(async () => (await numbers(id)).length === 1);
    expect(await home.rows('select * from parked_event')).toEqual([]);
    expect(bus.ready()).toBe(true);
  });

  it('ignores what it does not know, and parks what claims to be known and is not', async () => {
    const { bus } = await service(home, [reader('a')]);
    const good = newId();
    const bad: [string, OutgoingMessage][] = [
      ['DATA_INVALID', message(newId(), 1, { value: '{"note":{"id":5}}' })],
      ['DATA_INVALID', message(newId(), 1, { value: 'no json' })],
      ['DATA_INVALID', message(newId(), 1, { value: null })],
      ['DATA_INVALID', message(newId(), 1, { headers: { ce_eventversion: '2' } })],
      ['ENVELOPE_INVALID', message(newId(), 1, { key: 'another key' })],
      ['ENVELOPE_INVALID', message(newId(), 1, { headers: { ce_id: 'not an id' } })],
      ['ENVELOPE_INVALID', message(newId(), 1, { headers: { ce_aggregateversion: 'one' } })],
      ['ENVELOPE_INVALID', message(newId(), 1, { headers: { ce_time: 'yesterday' } })],
      ['ENVELOPE_INVALID', message(newId(), 1, { headers: { ce_specversion: '0.3' } })],
    ];
    await send(
      message(good, 1, { value: JSON.stringify({ note: { id: good, n: 1, mood: 'new' }, weather: 'fair' }) }),
      message(newId(), 1, { headers: { ce_type: 'crm.unheard.of' } }),
      message(newId(), 1, { headers: { ce_type: NoteFiled.type } }),
      ...bad.map(([, m]) => m),
      message(good, 2),
    );
    await eventually(async () => (await numbers(good)).length === 2);
    await eventually(async () => (await bus.parked()).failed === bad.length);
    const codes = new Map((await bus.listParked()).map((parked) => [parked.key, parked.code]));
    expect(bad.map(([, m]) => codes.get(m.key))).toEqual(bad.map(([code]) => code));
    expect(await effects()).toHaveLength(2);
  });

  it('does not count a batch as done in which a handler swallowed a failed statement', async () => {
    const { bus } = await service(home, [
      reader('a', async ({ data }, database) => {
        if (data.note.n === 1) await database.query({ text: 'select * from nowhere' }).catch(() => {});
      }),
    ]);
    const [wrong, right] = [newId(), newId()];
    await send(message(wrong, 1), message(right, 2));
    await eventually(async () => (await numbers(right)).length === 1);
    await eventually(async () => (await bus.parked()).retrying === 1);
    expect(await numbers(wrong)).toEqual([]);
  });

  it('parks nothing when the database is away, and goes on when it is back', async () => {
    let cuts = 0;
    await service(home, [
      reader('a', async ({ data }, database) => {
        if (data.note.n !== 3 || cuts >= 3) return;
        cuts += 1;
        const { rows } = await database.query<{ pid: number }>({ text: 'select pg_backend_pid() as pid' });
        await home.rows('select pg_terminate_backend($1)', rows[0]!.pid);
      }),
    ]);
    const id = newId();
    await send(...[1, 2, 3, 4, 5].map((n) => message(id, n)));
    await eventually(async () => (await numbers(id)).length === 5, { within: 10_000 });
    expect(await numbers(id)).toEqual([1, 2, 3, 4, 5]);
    expect(cuts).toBe(3);
    expect(await home.rows('select * from parked_event')).toEqual([]);
  });

  it('shares the work between two instances of a service, and each event has one effect also when one of them leaves', async () => {
    const one = await service(home, [reader('one')]);
    const two = await service(home, [reader('two')]);
    await eventually(() => one.bus.ready() && two.bus.ready());
    const records = Array.from({ length: 30 }, newId);
    let n = 0;
    const round = () => ((n += 1), send(...records.map((record) => message(record, n))));
    await eventually(
      async () => {
        await round();
        return new Set((await effects()).slice(-60).map((row) => row.by)).size === 2;
      },
      { within: 10_000, every: 100 },
    );
    await round();
    await two.stop();
    await round();
    await eventually(async () => (await effects()).length === n * 30, { within: 10_000 });
    const order = Array.from({ length: n }, (_, i) => i + 1);
    expect(await Promise.all(records.map(numbers))).toEqual(records.map(() => order));
  });

  it('refuses a handler for an event that nobody declared', async () => {
    const { bus } = await service(home, []);
    expect(() => bus.addHandler('crm.note.eaten', async () => {}, true)).toThrow('contracts do not declare');
    expect(bus.ready()).toBe(true);
  });
});
