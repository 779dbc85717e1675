import { Controller, type Type } from '@nestjs/common';
import { EventPattern } from '@nestjs/microservices';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { DomainError, type Received } from '@voronka/contracts';
import { eventually } from '@voronka/testing';
import pg from 'pg';
import { Database } from '../src/index.js';
import { HandBroker } from './hand-broker.js';
import { house, newId, NoteAmended, NoteFiled, NoteWritten, type House } from './house.js';
import { message } from './message.js';
import { reader, service, type Note } from './service.js';

jest.setTimeout(30_000);

const keep = `
  insert into effect (by, record, n)
  select 'projection', record, n from unnest($1::text[], $2::int[]) as e(record, n)`;

/** A controller that keeps written and amended notes by one statement, after the rule, and remembers the lists it was given. */
function keeper(lists: number[][], rule: (events: readonly Received<Note>[]) => void | Promise<void> = () => {}): Type {
  @Controller()
  class Keeper {
    constructor(private readonly database: Database) {}

    @(EventPattern([NoteWritten.type, NoteAmended.type], { keeps: ['effect'] }) as MethodDecorator)
    async keep(events: readonly Received<Note>[]): Promise<void> {
      lists.push(events.map(({ data }) => data.note.n));
      await rule(events);
      const values = [events.map(({ subject }) => subject), events.map(({ data }) => data.note.n)];
      await this.database.query({ name: 'keep', text: keep, values });
    }
  }
  return Keeper;
}

const written = (record: string, n: number) => message(record, n, { headers: { ce_type: NoteWritten.type } });
const filed = (record: string, n: number) => message(record, n, { headers: { ce_type: NoteFiled.type } });
const unreadable = (record: string, n: number) => message(record, n, { value: '{"note":{"id":5}}' });

describe('a batch', () => {
  let home: House;
  let broker: HandBroker;
  const effects = (record?: string) =>
    home
      .rows<{ by: string; record: string; n: number }>('select by, record, n from effect order by place')
      .then((rows) => rows.filter((row) => !record || row.record === record).map(({ by, n }) => `${by} ${n}`));
  const start = (...controllers: Type[]) => service({ ...home, broker }, controllers);

  beforeEach(async () => {
    home = await house();
    broker = new HandBroker();
  });
  afterEach(() => home.close());

  it('is given to a projection at once, whatever the types, those of one record in order', async () => {
    const lists: number[][] = [];
    await start(keeper(lists));
    const [one, other] = [newId(), newId()];
    await broker.hand([written(one, 1), written(other, 1), message(one, 2), filed(one, 3), message(one, 4)]);
    expect(lists).toEqual([[1, 1, 2, 4]]);
    expect(await effects(one)).toEqual(['projection 1', 'projection 2', 'projection 4']);
    expect(await home.rows('select version, seen from record_progress order by version')).toEqual([
      { version: 1, seen: 1 },
      { version: 4, seen: 4 },
    ]);
  });

  it('runs its projections first and then its reactions, event by event', async () => {
    await start(reader('reaction'), keeper([]));
    const id = newId();
    await broker.hand([written(id, 1), message(id, 2), message(id, 3)]);
    const kept = ['projection 1', 'projection 2', 'projection 3'];
    expect(await effects(id)).toEqual([...kept, 'reaction 2', 'reaction 3']);
  });

  describe('with reactions that go together', () => {
    /** A controller whose reactions go together; each waits in its rule and leaves an effect. */
    function together(rule: (event: Received<Note>) => void | Promise<void>): Type {
      @Controller()
      class Together {
        constructor(private readonly database: Database) {}

        @(EventPattern(NoteAmended.type, { together: true }) as MethodDecorator)
        async on(event: Received<Note>): Promise<void> {
          await rule(event);
          const values = ['together', event.subject, event.data.note.n];
          await this.database.query({ text: 'insert into effect (by, record, n) values ($1, $2, $3)', values });
        }
      }
      return Together;
    }

    it('runs those of different records at the same time, and those of one in their order', async () => {
      let open = () => {};
      const all = new Promise<void>((resolve) => (open = resolve));
      let waiting = 0;
      await start(together(() => ((waiting += 1) >= 2 ? open() : all)));
      const [one, other] = [newId(), newId()];
      // The first of one waits for the first of the other.
      await broker.hand([message(one, 1), message(one, 2), message(other, 1), message(other, 2)]);
      expect(await effects(one)).toEqual(['together 1', 'together 2']);
      expect(await effects(other)).toEqual(['together 1', 'together 2']);
    });

    it('of which one fails does each apart, and that one is parked alone', async () => {
      const bad = newId();
      const { bus } = await start(
        together(({ subject }) => {
          if (subject === bad) throw new DomainError('LEAD_NOT_OPEN', 'The rule says no.');
        }),
      );
      const [one, other] = [newId(), newId()];
      await broker.hand([message(one, 1), message(bad, 1), message(other, 1)]);
      expect(await effects()).toEqual(['together 1', 'together 1']);
      expect(await bus.parked()).toEqual({ failed: 1, retrying: 0, waiting: 0 });
    });

    it('and others waits with the others until those before them are done', async () => {
      const order: string[] = [];
      const slow = async ({ data }: Received<Note>) => {
        await new Promise(setImmediate);
        order.push(`together ${data.note.n}`);
      };
      @Controller()
      class Alone {
        @EventPattern<string>(NoteWritten.type)
        on(): void {
          order.push('alone');
        }
      }
      await start(together(slow), Alone);
      await broker.hand([message(newId(), 1), written(newId(), 1), message(newId(), 3)]);
      expect(order).toEqual(['together 1', 'alone', 'together 3']);
    });
  });

  it('leaves out what came before, under its id or another, and what comes twice in it', async () => {
    const lists: number[][] = [];
    const { bus } = await start(keeper(lists));
    const id = newId();
    const [first, second, third] = [written(id, 1), message(id, 2), message(id, 3)];
    await broker.hand([first, second]);
    await broker.hand([first, message(id, 2), third, third]);
    await broker.hand([first, second, third]);
    expect(lists).toEqual([[1, 2], [3]]);
    expect(bus.counts()).toEqual({ repeats: 6, gaps: 0 });
  });

  it('is not undone by an event that cannot be read: that is parked, those behind it wait, the others go on at once', async () => {
    const lists: number[][] = [];
    const { bus } = await start(keeper(lists));
    const [bad, good] = [newId(), newId()];
    await broker.hand([written(good, 1), written(bad, 1), unreadable(bad, 2), message(good, 2), message(bad, 3)]);
    expect(lists).toEqual([[1, 1, 2]]);
    expect(await effects(bad)).toEqual(['projection 1']);
    expect(await bus.parked()).toEqual({ failed: 1, retrying: 0, waiting: 1 });
  });

  it('in which a projection refuses an event is done again with each event apart, and that one is parked alone', async () => {
    const lists: number[][] = [];
    const bad = newId();
    const rule = (events: readonly Received<Note>[]) => {
      if (events.some(({ subject, data }) => subject === bad && data.note.n === 2))
        throw new DomainError('LEAD_NOT_OPEN', 'The rule says no.');
    };
    const { bus } = await start(keeper(lists, rule), reader('reaction'));
    const good = newId();
    await broker.hand([written(good, 1), written(bad, 1), message(bad, 2), message(good, 2), message(bad, 3)]);
    expect(lists).toEqual([[1, 1, 2, 2, 3], [1], [1], [2], [2]]);
    expect(await effects(good)).toEqual(['projection 1', 'projection 2', 'reaction 2']);
    expect(await effects(bad)).toEqual(['projection 1']);
    expect(await bus.parked()).toEqual({ failed: 1, retrying: 0, waiting: 1 });
    const [head] = await bus.listParked();
    await bus.discardParked(head!.id, 'Nobody needs it.');
    expect(await effects(bad)).toEqual(['projection 1', 'projection 3', 'reaction 3']);
  });

  it('in which a reaction fails leaves nothing of what its projections kept', async () => {
    let fails = true;
    const rule = () => {
      if (fails) throw new DomainError('LEAD_NOT_OPEN', 'The rule says no.');
    };
    const { bus } = await start(keeper([]), reader('reaction', rule));
    const id = newId();
    await broker.hand([message(id, 1)]);
    expect(await effects()).toEqual([]);
    fails = false;
    const [head] = await bus.listParked();
    await bus.replayParked(head!.id);
    expect(await effects()).toEqual(['projection 1', 'reaction 1']);
  });

  it('that another reader has at the same time waits for that one, and goes by what it came to', async () => {
    let enter = () => {};
    let open = () => {};
    const entered = new Promise<void>((resolve) => (enter = resolve));
    const gate = new Promise<void>((resolve) => (open = resolve));
    const slow = () => {
      enter();
      return gate;
    };
    const lists: number[][] = [];
    await start(keeper([], slow));
    const { bus } = await start(keeper(lists));
    const [bad, good] = [newId(), newId()];
    const both = [unreadable(bad, 1), written(good, 1)];
    const first = broker.hand(both);
    await entered;
    const second = broker.hand([...both, message(bad, 2), message(good, 2)], 1);
    await eventually(async () => {
      const waiting = await home.rows(
        `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      );
      return waiting.length === 1;
    });
    open();
    await Promise.all([first, second]);
    expect(lists).toEqual([[2]]);
    expect(await effects(bad)).toEqual([]);
    expect(await bus.parked()).toEqual({ failed: 1, retrying: 0, waiting: 1 });
  });
});

describe('the statements of a batch', () => {
  it('are as many for one event as for hundreds, new or repeated', async () => {
    const home = await house();
    const broker = new HandBroker();
    await service({ ...home, broker }, [keeper([])]);
    const texts: string[] = [];
    const query = pg.Client.prototype.query as (...args: unknown[]) => unknown;
    const spy = jest.spyOn(pg.Client.prototype, 'query').mockImplementation(function (this: pg.Client, ...args) {
      const [statement] = args as unknown as [string | { name?: string; text: string }];
      texts.push(typeof statement === 'string' ? statement : (statement.name ?? statement.text));
      return query.apply(this, args) as never;
    });
    try {
      const statements = async (messages: Parameters<HandBroker['hand']>[0]) => {
        texts.length = 0;
        await broker.hand(messages);
        // Asked in the background, of its own accord.
        return texts.filter((text) => text !== 'parked-due');
      };
      const one = await statements([written(newId(), 1)]);
      expect(one).toEqual(['begin', 'inbox-take', 'progress-save', 'keep', 'commit']);
      const records = Array.from({ length: 200 }, newId);
      const hundreds = [1, 2, 3].flatMap((n) => records.map((id) => (n === 1 ? written(id, n) : message(id, n))));
      expect(await statements(hundreds)).toEqual(one);
      expect(await statements(hundreds)).toEqual(['begin', 'inbox-take', 'progress-among', 'commit']);
    } finally {
      spy.mockRestore();
      await home.close();
    }
  });
});
