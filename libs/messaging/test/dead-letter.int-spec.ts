import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { DomainError } from '@voronka/contracts';
import { eventually } from '@voronka/testing';
import { outboxInsert, type IncomingMessage, type OutgoingMessage } from '../src/index.js';
import { house, newId, NoteAmended, NoteFiled, said, type House } from './house.js';
import { message } from './message.js';
import { reader, service } from './service.js';

jest.setTimeout(30_000);

describe('what handlers leave in the outbox', () => {
  let home: House;
  const send = (...messages: OutgoingMessage[]) => home.broker.publisher().send(messages);
  const effects = () => home.rows('select * from effect');
  const waiting = async () => (await home.rows<{ n: number }>('select count(*) as n from outbox'))[0]!.n;

  beforeEach(async () => {
    home = await house();
  });
  afterEach(() => home.close());

  it('is a copy of an event that was tried for the last time: once, under its own id, on a topic made for it', async () => {
    const { bus } = await service(home, [
      reader('a', ({ data }) => {
        if (data.note.n === 1) throw new DomainError('LEAD_NOT_OPEN', 'The rule says no.');
      }),
    ]);
    const relay = home.relay();
    const seen: IncomingMessage[] = [];
    const topic = `${NoteAmended.topic}.test.dlq`;
    const subscription = await home.broker.subscribe({
      ...{ group: 'witness', topics: [topic], fromBeginning: true },
      onBatch: async ({ messages }) => void seen.push(...messages),
    });
    home.later(() => subscription.close());
    const id = newId();
    const poison = message(id, 1);
    await send(poison, message(id, 2));
    const [letter] = await eventually(() => seen.length > 0 && seen, { within: 10_000 });
    const [parked] = await bus.listParked();
    expect({ key: letter!.key, value: letter!.value?.toString() }).toEqual({ key: id, value: poison.value });
    expect(letter!.headers).toEqual({
      ...poison.headers,
      dlq_topic: NoteAmended.topic,
      dlq_partition: String(parked!.partition),
      dlq_offset: String(parked!.offset),
      dlq_group: 'test',
      dlq_error: 'DomainError',
      dlq_code: 'LEAD_NOT_OPEN',
      dlq_message: 'The rule says no.',
      dlq_kind: 'permanent',
      dlq_attempts: '1',
      dlq_parked_at: expect.any(String),
      dlq_dead_at: expect.any(String),
    });
    expect((await bus.replayParked(parked!.id)).attempts).toBe(2);
    const second = message(newId(), 1);
    await send(second);
    await eventually(() => seen.length > 1);
    await eventually(async () => (await relay.depth()).rows === 0);
    expect(seen.map(({ headers }) => headers['ce_id'])).toEqual([poison.headers['ce_id'], second.headers['ce_id']]);
  });

  it('is a copy with all its attempts where an event was given up at last, and none before', async () => {
    const { bus } = await service(home, [
      reader('a', () => {
        throw new Error('The moon is in the way.');
      }),
    ]);
    await send(message(newId(), 1));
    await eventually(async () => (await bus.parked()).retrying === 1);
    expect(await waiting()).toBe(0);
    await home.rows('update parked_event set attempts = 19, next_attempt_at = now()');
    await eventually(async () => (await bus.parked()).failed === 1, { within: 10_000 });
    const [row] = await home.rows<{ headers: Record<string, string> }>('select headers from outbox');
    expect(row!.headers).toMatchObject({ dlq_attempts: '20', dlq_kind: 'transient', dlq_error: 'Error' });
  });

  it('wakes the relay after the batch, and nothing else does', async () => {
    let calls = 0;
    await service(
      home,
      [
        reader('a', async ({ subject, data }, database) => {
          if (data.note.n < 2) return;
          await database.query(outboxInsert([said(subject, data.note.n, { declaration: NoteFiled })], 'test'));
        }),
      ],
      { published: () => void (calls += 1) },
    );
    const id = newId();
    await send(message(id, 1));
    await eventually(async () => (await effects()).length === 1);
    expect(calls).toBe(0);
    await send(message(id, 2));
    await eventually(() => calls > 0);
    expect([calls, await waiting()]).toEqual([1, 1]);
  });
});
