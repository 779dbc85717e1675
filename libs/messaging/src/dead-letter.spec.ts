import { describe, expect, it } from '@jest/globals';
import { DomainError } from '@voronka/contracts';
import type { IncomingMessage, OutgoingMessage } from './broker.js';
import { deadLetter, letterFrom } from './dead-letter.js';
import type { Failure } from './failure.js';

const message = (more: Partial<IncomingMessage> = {}): IncomingMessage => ({
  ...{ topic: 'crm.note.events', partition: 2, offset: 9, key: 'n-1', value: Buffer.from('{"имя":1}') },
  headers: { ce_id: 'e-1', ce_type: 'crm.note.amended' },
  ...more,
});
const failure: Failure = { error: new DomainError('LEAD_NOT_OPEN', 'No.'), kind: 'permanent', attempts: 3 };
const when = { group: 'deals', parkedAt: new Date('2026-03-01T10:00:00Z'), now: new Date('2026-03-01T11:00:00Z') };
const letter = (more?: Partial<IncomingMessage>) => deadLetter(message(more), failure, when);

describe('a dead letter', () => {
  it('is the message as it came, and tells where it came from and why it failed', () => {
    expect(letter()).toEqual({
      topic: 'crm.note.events.deals.dlq',
      key: 'n-1',
      value: '{"имя":1}',
      headers: {
        ce_id: 'e-1',
        ce_type: 'crm.note.amended',
        dlq_topic: 'crm.note.events',
        dlq_partition: '2',
        dlq_offset: '9',
        dlq_group: 'deals',
        dlq_error: 'DomainError',
        dlq_code: 'LEAD_NOT_OPEN',
        dlq_message: 'No.',
        dlq_kind: 'permanent',
        dlq_attempts: '3',
        dlq_parked_at: '2026-03-01T10:00:00.000Z',
        dlq_dead_at: '2026-03-01T11:00:00.000Z',
      },
    });
  });

  it('carries what is no text as base64', () => {
    const bytes = Buffer.from([0, 255, 1]);
    const { value, headers } = letter({ value: bytes });
    expect(headers['dlq_value']).toBe('base64');
    expect(Buffer.from(value!, 'base64')).toEqual(bytes);
  });

  it('keeps a null value and a repeated header, and goes under its coordinates where there is no key', () => {
    const { key, value, headers } = letter({ value: null, key: null, headers: { ce_id: ['a', 'b'], x: '1' } });
    expect({ key, value }).toEqual({ key: 'crm.note.events@2/9', value: null });
    expect(headers).toMatchObject({ ce_id: '["a","b"]', x: '1', dlq_repeated: 'ce_id' });
  });

  it('leaves out what would make it too large for a broker', () => {
    const large = letter({ value: Buffer.alloc(900 * 1024, 255) });
    expect([large.value, large.headers['dlq_value'], large.headers['ce_id']]).toEqual([null, 'omitted', 'e-1']);
    const huge = letter({ headers: { x: 'x'.repeat(1_100_000) } });
    expect([huge.value, huge.headers['x'], huge.headers['dlq_offset']]).toEqual([null, undefined, '9']);
  });

  const arrived = ({ value, ...more }: OutgoingMessage): IncomingMessage => ({
    ...{ ...more, partition: 0, offset: 4, value: value === null ? null : Buffer.from(value) },
  });

  it.each<[string, Partial<IncomingMessage>]>([
    ['text', {}],
    ['bytes', { value: Buffer.from([0, 255, 1]) }],
    ['nothing', { value: null }],
    ['no key', { key: null }],
    ['repeated headers', { headers: { ce_id: ['a', 'b'], x: '1' } }],
  ])('is read back as the message that it was: %s', (_, more) => {
    const back = letterFrom(arrived(letter(more)));
    expect(back).toMatchObject({ group: 'deals', code: 'LEAD_NOT_OPEN', sentence: 'No.', attempts: 3, omitted: false });
    expect(back?.parkedAt).toEqual(when.parkedAt);
    expect(back?.original).toEqual(message(more));
  });

  it('says when it does not hold the value', () => {
    expect(letterFrom(arrived(letter({ value: Buffer.alloc(900 * 1024, 255) })))?.omitted).toBe(true);
  });

  it('is none without its headers, or with others in their place', () => {
    expect(letterFrom(message())).toBeUndefined();
    const { headers, ...rest } = arrived(letter());
    const others: IncomingMessage['headers'][] = [
      { dlq_offset: 'x' },
      { dlq_parked_at: 'never' },
      { dlq_topic: '' },
      { dlq_attempts: ['1', '2'] },
    ];
    for (const bent of others) expect(letterFrom({ ...rest, headers: { ...headers, ...bent } })).toBeUndefined();
  });
});
