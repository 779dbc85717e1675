import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { DomainError, type Received } from '@voronka/contracts';
import { eventually } from '@voronka/testing';
import { silentLogger, type OutgoingMessage } from '../src/index.js';
import { house, newId, NoteFiled, type House } from './house.js';
import { message } from './message.js';
import { reader, service, type Note } from './service.js';

jest.setTimeout(30_000);

describe('the order of a record', () => {
  let home: House;
  const send = (...messages: OutgoingMessage[]) => home.broker.publisher().send(messages);
  const numbers = async (record: string) =>
    (await home.rows<{ n: number }>('select n from effect where record = $1 order by place', record)).map((r) => r.n);
  const settled = (record: string, n: number) =>
    eventually(async () => (await numbers(record)).at(-1) === n, { within: 10_000 });

  beforeEach(async () => {
    home = await house();
  });
  afterEach(() => home.close());

  it('is kept where its events come again under other ids, in one batch and in later ones', async () => {
    const { bus } = await service(home, [reader('a')]);
    const id = newId();
    await send(message(id, 1), message(id, 2), message(id, 1), message(id, 2), message(id, 3));
    await settled(id, 3);
    await send(message(id, 2), message(id, 3), message(id, 4), message(id, 1), message(id, 5));
    await settled(id, 5);
    expect(await numbers(id)).toEqual([1, 2, 3, 4, 5]);
    expect(bus.counts()).toEqual({ repeats: 5, gaps: 0 });
    expect(await home.rows('select * from parked_event')).toEqual([]);
  });

  it('tells where a version is missing, with the ids, and goes on', async () => {
    const warnings: { count: number; events: object[] }[] = [];
    const logger = { ...silentLogger, warn: (facts: object) => void warnings.push(facts as never) };
    const { bus } = await service(home, [reader('a')], { logger });
    const id = newId();
    const [first, fourth] = [message(id, 1), message(id, 4)];
    await send(first, fourth);
    await settled(id, 4);
    await send(message(id, 3), message(id, 5));
    await settled(id, 5);
    expect(await numbers(id)).toEqual([1, 4, 5]);
    expect(bus.counts()).toEqual({ repeats: 1, gaps: 1 });
    expect(warnings.filter(({ count }) => count > 0)).toEqual([
      {
        count: 1,
        events: [{ topic: fourth.topic, key: id, eventId: fourth.headers['ce_id'], version: '4', missing: [2, 3] }],
      },
    ]);
  });

  it('has no gap where nobody here handles what lies between', async () => {
    const { bus } = await service(home, [reader('a')]);
    const id = newId();
    const other = (n: number) => message(id, n, { headers: { ce_type: NoteFiled.type } });
    await send(message(id, 1), other(2), message(id, 3), other(4));
    await settled(id, 3);
    await send(other(5), other(6), message(id, 7));
    await settled(id, 7);
    expect(bus.counts()).toEqual({ repeats: 0, gaps: 0 });
  });

  it('lets one that became no event make no other late', async () => {
    const { bus } = await service(home, [reader('a')]);
    const id = newId();
    await send(message(id, 999, { headers: { ce_type: 'crm.unheard.of' } }), message(id, 1));
    await settled(id, 1);
    await send(message(id, 999, { value: 'no json' }), message(id, 2));
    const [parked] = await eventually(async () => (await bus.parked()).waiting === 1 && bus.listParked());
    await bus.discardParked(parked!.id, 'Somebody played with the topic.');
    expect(await numbers(id)).toEqual([1, 2]);
  });

  it('is kept by a parked event and those behind it: what came again meanwhile has no effect when they are released', async () => {
    let mended = false;
    const rule = ({ data }: Received<Note>) => {
      if (data.note.n === 2 && !mended) throw new DomainError('LEAD_NOT_OPEN', 'The rule says no.');
    };
    const { bus } = await service(home, [reader('a', rule)]);
    const id = newId();
    await send(...[1, 2, 3, 2, 3, 4].map((n) => message(id, n)));
    await eventually(async () => (await bus.parked()).waiting === 4);
    expect(await numbers(id)).toEqual([1]);
    mended = true;
    const [head] = await bus.listParked();
    await bus.replayParked(head!.id);
    expect(await numbers(id)).toEqual([1, 2, 3, 4]);
    const ends = await home.rows<{ status: string; reason: string | null }>(
      'select status, reason from parked_event order by id',
    );
    expect(ends.map(({ status }) => status)).toEqual(['replayed', 'replayed', 'discarded', 'discarded', 'replayed']);
    expect(ends[2]?.reason).toBe('Version 3 of the record had been handled already.');
    await send(message(id, 4), message(id, 5));
    await settled(id, 5);
    expect(await numbers(id)).toEqual([1, 2, 3, 4, 5]);
    expect(bus.counts()).toEqual({ repeats: 1, gaps: 0 });
  });
});
