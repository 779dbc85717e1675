import { describe, expect, it } from '@jest/globals';
import { Refused } from './broker.js';
import { silentLogger } from './logger.js';
import type { OutboxRow } from './outbox-head.js';
import { Aside } from './relay-aside.js';
import { Delivery } from './relay-delivery.js';

/** Rows such as `lead/1`, a topic and a key; the number of each is its place. */
const rowsOf = (names: string): OutboxRow[] =>
  names.split(' ').map((name, id) => {
    const [topic = '', key = ''] = name.split('/');
    return { id, topic, key, headers: {}, value: null };
  });
const namesOf = (rows: readonly OutboxRow[]) => rows.map(({ topic, key, id }) => `${topic}/${key}#${id}`).join(' ');

/** A delivery to a broker that refuses what the rule says, and its sends. */
function delivery(rule: (rows: readonly OutboxRow[]) => Error | undefined) {
  let clock = 0;
  const sends: string[] = [];
  const aside = new Aside(silentLogger, () => clock);
  const publish = (rows: readonly OutboxRow[]) => {
    sends.push(namesOf(rows));
    const error = rule(rows);
    return error ? Promise.reject(error) : Promise.resolve();
  };
  return { aside, sends, pass: (ms: number) => (clock += ms), delivery: new Delivery(publish, aside) };
}

describe('a delivery', () => {
  it('is one send where nothing is refused', async () => {
    const { delivery: it, sends } = delivery(() => undefined);
    const rows = rowsOf('lead/1 deal/2 lead/1');
    expect(await it.send(rows)).toBe(rows);
    expect(sends).toHaveLength(1);
  });

  it('goes topic by topic where one is refused, and sets that one aside', async () => {
    const {
      delivery: it,
      aside,
      sends,
    } = delivery((rows) =>
      rows.some(({ topic }) => topic === 'gone') ? new Refused('It is gone.', false) : undefined,
    );
    const taken = await it.send(rowsOf('lead/1 gone/2 deal/3 gone/4 lead/5'));
    expect(namesOf(taken)).toBe('lead/1#0 lead/5#4 deal/3#2');
    expect(sends.slice(1)).toEqual(['lead/1#0 lead/5#4', 'gone/2#1 gone/4#3', 'deal/3#2']);
    expect(aside.left()).toEqual({ topics: ['gone'], records: [] });
  });

  it('goes in halves where a message is too large, and keeps back what follows it in its record', async () => {
    const { delivery: it, aside } = delivery((rows) =>
      rows.some(({ id }) => id === 2) ? new Refused('It is too large.', true) : undefined,
    );
    const taken = await it.send(rowsOf('lead/1 lead/2 lead/1 lead/3 lead/1 lead/2'));
    expect(namesOf(taken)).toBe('lead/1#0 lead/2#1 lead/3#3 lead/2#5');
    expect(aside.left()).toEqual({ topics: [], records: ['lead/1'] });
  });

  it('is given up where the broker is away', async () => {
    const { delivery: it, aside } = delivery(() => new Error('It is away.'));
    await expect(it.send(rowsOf('lead/1 deal/2'))).rejects.toThrow('It is away.');
    expect(aside.left()).toEqual({ topics: [], records: [] });
  });

  it('is tried again after a growing pause, until the place is free', async () => {
    const { aside, pass } = delivery(() => undefined);
    const place = { topic: 'lead', key: '1' };
    aside.set(place, new Error());
    expect(aside.due()).toBeUndefined();
    pass(500);
    expect(aside.due()).toMatchObject(place);
    aside.set(place, new Error());
    pass(500);
    expect(aside.due()).toBeUndefined();
    pass(500);
    expect(aside.due()).toMatchObject(place);
    expect(aside.left().records).toEqual(['lead/1']);
    aside.free(place);
    expect([aside.due(), aside.left().records]).toEqual([undefined, []]);
  });
});
