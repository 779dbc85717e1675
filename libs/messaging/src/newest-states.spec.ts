import { describe, expect, it } from '@jest/globals';
import { noun } from '@voronka/contracts';
import { z } from 'zod';
import type { IncomingMessage } from './broker.js';
import { newestStates } from './newest-states.js';

const poem = noun('poem', 'Poems of this test.', z.object({ id: z.string(), line: z.string().max(20) }));
poem.event('written', 'A poem was written.');
const Sung = poem.event('sung', 'It was sung.', { singer: z.string() });
poem.nextVersion(
  Sung,
  { facts: { singers: z.array(z.string()) }, state: z.object({ id: z.string(), words: z.int() }) },
  ({ poem: { id, line }, singer }) => ({ poem: { id, words: line.split(' ').length }, singers: [singer] }),
);
poem.event('burnt', 'It is gone.', {}, { erases: true });

const idOf = (n: number) => `0190a8f2-7c1e-7d44-9b60-${String(n).padStart(12, '0')}`;
let offset = 0;
/** An event of a poem as it lies on the topic; `bent` headers that are undefined are missing. */
function event(
  key: string,
  version: number,
  {
    what = 'written',
    value = { poem: { id: key, line: `line ${version}` } } as unknown,
    headers = {} as Record<string, string | string[] | undefined>,
  } = {},
): IncomingMessage {
  const all = {
    ce_specversion: '1.0',
    ce_id: idOf(version),
    ce_source: '/voronka/poets',
    ce_type: `crm.poem.${what}`,
    ce_time: '2026-03-01T10:00:00.000Z',
    ce_subject: key,
    ce_eventversion: '1',
    ce_aggregateversion: String(version),
    ce_actor: 'system:test',
    ce_correlationid: 'c',
    ce_recordedat: '2026-03-02T10:00:00.000Z',
    ...headers,
  };
  return {
    ...{ topic: poem.topic, partition: 1, offset: offset++, key },
    headers: Object.fromEntries(Object.entries(all).flatMap(([name, v]) => (v === undefined ? [] : [[name, v]]))),
    value: value === null ? null : Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)),
  };
}
/** What is left of each record: its version and the value that is published. */
const left = (...messages: IncomingMessage[]) => {
  const { states } = newestStates(messages, 'poets');
  return Object.fromEntries(states.map(({ version, message }) => [message.key, [version, message.value]]));
};
const line = (id: string, n: number) => JSON.stringify({ id, line: `line ${n}` });

describe('the states that a batch leaves', () => {
  it('are the newest of each record, in whatever order its events came', () => {
    expect(left(event('a', 1), event('b', 1), event('a', 3), event('a', 2), event('b', 2))).toEqual({
      a: [3, line('a', 3)],
      b: [2, line('b', 2)],
    });
  });

  it('carry the id and the attributes of their event, the name of their own topic and schema, and a source of their own', () => {
    const traced = {
      ce_causationid: idOf(9),
      ce_traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    };
    const { states } = newestStates([event('a', 4, { headers: traced })], 'poets');
    expect(states[0]).toMatchObject({ record: 'crm.poem.events/a', version: 4 });
    expect(states[0]?.message).toEqual({
      topic: 'crm.poem.state',
      key: 'a',
      headers: {
        ...{ ce_specversion: '1.0', ce_id: idOf(4), ce_source: '/voronka/poets/state', ce_type: 'crm.poem.state' },
        ...{
          ce_time: '2026-03-01T10:00:00.000Z',
          ce_subject: 'a',
          ce_dataschema: 'urn:voronka:event:crm.poem.state:1',
        },
        ...{ 'content-type': 'application/json', ce_eventversion: '1', ce_aggregateversion: '4' },
        ...{ ce_actor: 'system:test', ce_correlationid: 'c', ce_recordedat: '2026-03-02T10:00:00.000Z' },
        ...traced,
      },
      value: line('a', 4),
    });
  });

  it('are null once the record is gone', () => {
    expect(left(event('a', 1), event('a', 2, { what: 'burnt' }))).toEqual({ a: [2, null] });
    expect(left(event('a', 2, { what: 'burnt' }), event('a', 1))).toEqual({ a: [2, null] });
  });

  it('are read as the newest version, and say which version of the state that is', () => {
    const value = { poem: { id: 'a', line: 'one two three' }, singer: 'Ирина' };
    const { states } = newestStates([event('a', 1, { what: 'sung', value })], 'poets');
    expect(states[0]?.message.value).toBe(JSON.stringify({ id: 'a', words: 3 }));
    expect(states[0]?.message.headers).toMatchObject({
      ce_eventversion: '2',
      ce_dataschema: 'urn:voronka:event:crm.poem.state:2',
    });
  });

  it('keep what a newer instance wrote and this one does not know: a field, a type, a version', () => {
    const rhymed = { poem: { id: 'a', line: 'l', rhymes: true }, metre: 'iamb' };
    expect(left(event('a', 1, { value: rhymed }))).toEqual({ a: [1, JSON.stringify(rhymed.poem)] });
    const counted = { poem: { id: 'a', words: 3 } };
    expect(left(event('a', 1, { what: 'translated', value: counted }))).toEqual({ a: [1, '{"id":"a","words":3}'] });
    expect(left(event('a', 1, { what: 'sung', value: counted, headers: { ce_eventversion: '3' } }))).toEqual({
      a: [1, '{"id":"a","words":3}'],
    });
  });
});

describe('a message that is no event of the noun', () => {
  const garbage: [string, IncomingMessage][] = [
    ['has no version', event('a', 9, { headers: { ce_aggregateversion: undefined } })],
    ['has a version that is none', event('a', 9, { headers: { ce_aggregateversion: '9.5' } })],
    ['is about another record than its key', event('a', 9, { headers: { ce_subject: 'b' } })],
    ['has no id', event('a', 9, { headers: { ce_id: 'nine' } })],
    ['has an attribute twice', event('a', 9, { headers: { ce_actor: ['x', 'y'] } })],
    ['has no time', event('a', 9, { headers: { ce_time: 'yesterday' } })],
    ['is of another noun', event('a', 9, { headers: { ce_type: 'crm.lead.created' } })],
    ['has no value', event('a', 9, { value: null })],
    ['is no JSON', event('a', 9, { value: '{"poem":' })],
    ['is null', event('a', 9, { value: 'null' })],
    ['is about something else', event('a', 9, { value: { lead: {} } })],
    ['has a state that does not fit', event('a', 9, { value: { poem: { id: 'a', line: 'x'.repeat(21) } } })],
    ['cannot be upcast', event('a', 9, { what: 'sung', value: { poem: { id: 'a', line: 'l' } } })],
    ['erases without saying what', event('a', 9, { what: 'burnt', value: {} })],
  ];

  it.each(garbage)('is ignored where it %s, and the event before it stands', (_, message) => {
    const { states, ignored } = newestStates([event('a', 1), message, event('b', 1)], 'poets');
    expect(states.map(({ version, message: { key } }) => [key, version])).toEqual([
      ['a', 1],
      ['b', 1],
    ]);
    const { topic, partition, offset: at } = message;
    expect(ignored).toEqual([{ topic, partition, offset: at, why: expect.stringMatching(/./) }]);
  });

  it('leaves nothing where it is alone, and is not looked into where a newer event came', () => {
    expect(newestStates([event('a', 1, { value: 'junk' })], 'poets').states).toEqual([]);
    expect(newestStates([event('a', 1, { value: 'junk' }), event('a', 2)], 'poets').ignored).toEqual([]);
  });
});
