import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { eventually, freshKafka } from '@voronka/testing';
import { house, newId, NoteAmended, NoteFiled, type House } from './house.js';
import { message } from './message.js';
import { reader, service } from './service.js';
import { kafkaThrower, postgresThrower, type Stone, type Thrower } from './thrower.js';

jest.setTimeout(60_000);

const stone = (bent: Record<string, string | string[] | undefined> = {}, more: Partial<Stone> = {}): Stone => {
  const { key, headers, value } = message(newId(), 1);
  const kept = Object.entries({ ...headers, ...bent }).filter(([, header]) => header !== undefined);
  return { key, headers: Object.fromEntries(kept), value, ...more };
};
const large = 'x'.repeat(900 * 1024);

/** What claims to be an event that is handled here, and is none: parked under this code. */
const parked: [code: string, what: string, Stone][] = [
  ['DATA_INVALID', 'garbage', stone({}, { value: '\u0001garbage{' })],
  ['DATA_INVALID', 'no value', stone({}, { value: null })],
  ['DATA_INVALID', 'an empty value', stone({}, { value: '' })],
  ['DATA_INVALID', 'a wrong schema', stone({}, { value: '{"note":{"id":5}}' })],
  ['DATA_INVALID', 'a list', stone({}, { value: '[[[]]]' })],
  ['DATA_INVALID', 'a version of the future', stone({ ce_eventversion: '2' })],
  ['DATA_INVALID', '900 KB of nothing', stone({}, { value: large })],
  ['ENVELOPE_INVALID', 'no id', stone({ ce_id: undefined })],
  ['ENVELOPE_INVALID', 'two ids', stone({ ce_id: [newId(), newId()] })],
  ['ENVELOPE_INVALID', 'no subject', stone({ ce_subject: undefined })],
  ['ENVELOPE_INVALID', 'two versions', stone({ ce_aggregateversion: ['1', '2'] })],
  ['ENVELOPE_INVALID', 'a time that is none', stone({ ce_time: 'soon\u0000' })],
  ['ENVELOPE_INVALID', 'the key of another record', stone({}, { key: newId() })],
  ['ENVELOPE_INVALID', 'a key without end', stone({}, { key: 'k'.repeat(100_000) })],
];
/** What nobody here asked for: passed over. */
const ignored: Stone[] = [
  stone({ ce_type: 'crm.unheard.of' }),
  stone({ ce_type: NoteFiled.type }, { value: 'garbage' }),
  stone({ ce_type: [NoteAmended.type, NoteAmended.type] }),
  stone({}, { headers: {} }),
  stone({}, { headers: {}, value: null }),
];
const bytes = Buffer.from([0, 255, 254, 1]);
/** What only this broker can carry. */
const peculiar: Record<string, { parked: Stone[]; ignored: Stone[] }> = {
  Kafka: {
    parked: [stone({}, { value: bytes }), stone({}, { key: null }), stone({}, { key: 'nought\u0000' })],
    ignored: [stone({}, { headers: { ce_type: bytes } })],
  },
  'the log in PostgreSQL': {
    parked: [stone({}, { headers: { ce_type: NoteAmended.type, ce_id: { a: 1 }, ce_time: null } })],
    ignored: [stone({}, { headers: null }), stone({}, { headers: 5 }), stone({}, { headers: { ce_type: 7 } })],
  },
};

describe.each(['Kafka', 'the log in PostgreSQL'])('bad input on %s', (kind) => {
  let home: House;
  let thrower: Thrower;

  beforeEach(async () => {
    const { url, topicPrefix } = freshKafka();
    home = await (kind === 'Kafka' ? house(url, topicPrefix) : house());
    thrower = await (kind === 'Kafka'
      ? kafkaThrower(new URL(url).host, topicPrefix)
      : Promise.resolve(postgresThrower(home.busUrl)));
    home.later(() => thrower.close());
  });
  afterEach(() => home.close());

  it('stops no partition, has no effect, is parked or passed over, and delays no record behind it by 5 s', async () => {
    const { bus } = await service(home, [reader('a')]);
    const relay = home.relay();
    const records = Array.from({ length: 12 }, newId);
    const publisher = home.broker.publisher();
    home.later(() => publisher.close());
    const handled = async (n: number) => {
      const rows = await home.rows<{ record: string }>('select record from effect where n = $1', n);
      return new Set(rows.map(({ record }) => record)).size === records.length;
    };
    await publisher.send(records.map((record) => message(record, 1)));
    await eventually(() => handled(1), { within: 20_000 });

    const own = peculiar[kind]!;
    await thrower.throw([...parked.map(([, , bad]) => bad), ...own.parked, ...ignored, ...own.ignored]);
    await publisher.send(records.map((record) => message(record, 2)));
    await eventually(() => handled(2), { within: 5000 });

    const count = parked.length + own.parked.length;
    expect(await bus.parked()).toEqual({ failed: count, retrying: 0, waiting: 0 });
    const rows = await bus.listParked();
    const codes = new Map(rows.map(({ key, code }) => [key, code]));
    expect(parked.map(([, what, { key }]) => [what, codes.get(key)])).toEqual(
      parked.map(([code, what]) => [what, code]),
    );
    expect(await home.rows('select * from effect')).toHaveLength(2 * records.length);
    expect(bus.ready()).toBe(true);
    await eventually(async () => (await relay.depth()).rows === 0, { within: 20_000 });
    expect(bus.counts()).toEqual({ repeats: 0, gaps: 0 });
  });
});
