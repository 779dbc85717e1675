import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { DomainError } from '@voronka/contracts';
import { eventually } from '@voronka/testing';
import { silentLogger, type OutgoingMessage } from '../src/index.js';
import { Pruner } from '../src/pruner.js';
import { house, newId, type House } from './house.js';
import { message } from './message.js';
import { reader, service } from './service.js';

jest.setTimeout(30_000);

describe('the pruned inbox', () => {
  let home: House;
  const send = (...messages: OutgoingMessage[]) => home.broker.publisher().send(messages);
  const numbers = async (record: string) =>
    (await home.rows<{ n: number }>('select n from effect where record = $1 order by place', record)).map((r) => r.n);
  const left = async () => (await home.rows<{ id: string }>('select event_id as id from inbox')).map(({ id }) => id);
  const age = () => home.rows(`update inbox set received_at = received_at - interval '8 days'`);

  beforeEach(async () => {
    home = await house();
  });
  afterEach(() => home.close());

  it('lets no event through twice: neither one that was handled nor one that was given up', async () => {
    const { bus } = await service(home, [
      reader('a', ({ data }) => {
        if (data.note.n === 3) throw new DomainError('LEAD_NOT_OPEN', 'The rule says no.');
      }),
    ]);
    const pruner = new Pruner(home.database, silentLogger);
    const [good, poor] = [newId(), newId()];
    const handled = [1, 2].map((n) => message(good, n));
    const refused = message(poor, 3);
    await send(...handled, refused);
    const [parked] = await eventually(async () => (await bus.parked()).failed === 1 && bus.listParked());
    await bus.discardParked(parked!.id, 'Nobody needs it.');
    expect(await pruner.prune()).toBe(0);
    await age();
    const recent = message(good, 3, { value: JSON.stringify({ note: { id: good, n: 30 } }) });
    await send(recent);
    await eventually(async () => (await numbers(good)).length === 3);
    expect(await pruner.prune()).toBe(2);
    expect((await left()).sort()).toEqual([refused.headers['ce_id'], recent.headers['ce_id']].sort());

    const after = message(poor, 4);
    await send(...handled, recent, refused, after, message(good, 4));
    await eventually(async () => (await numbers(poor)).length === 1 && (await numbers(good)).at(-1) === 4);
    expect(await numbers(good)).toEqual([1, 2, 30, 4]);
    expect(await numbers(poor)).toEqual([4]);
    expect(await bus.parked()).toEqual({ failed: 0, retrying: 0, waiting: 0 });
  });

  it('is pruned in batches, by one instance at a time', async () => {
    await home.rows('insert into inbox (event_id) select gen_random_uuid() from generate_series(1, 25)');
    await age();
    const pruner = new Pruner(home.database, silentLogger);
    await home.database.transaction(async () => {
      await home.database.query({ text: `select pg_advisory_xact_lock(hashtextextended('inbox prune', 0))` });
      expect(await home.database.outside(() => pruner.prune())).toBe(0);
    });
    expect(await pruner.prune(7, 10)).toBe(25);
    expect(await left()).toEqual([]);
  });
});
