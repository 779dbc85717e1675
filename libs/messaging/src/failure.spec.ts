import { describe, expect, it } from '@jest/globals';
import { DomainError, errorCodes } from '@voronka/contracts';
import { UnreadableMessage } from './envelope.js';
import { codeOf, kindOf, MAX_ATTEMPTS, retryAfter, sentenceOf, statusOf, storable } from './failure.js';

const sql = (code: string) => Object.assign(new Error('database'), { code });

describe('what a failure means', () => {
  it('never repeats what cannot succeed: unreadable, refused by a rule, too long for its column', () => {
    expect(kindOf(new UnreadableMessage('DATA_INVALID', 'x'))).toBe('permanent');
    expect(kindOf(new DomainError('LEAD_NOT_OPEN', 'x'))).toBe('permanent');
    expect(kindOf(sql('22001'))).toBe('permanent');
  });

  it('repeats what may succeed: deadlock, time-out, a mistake of the program, something another event will bring', () => {
    for (const error of [
      sql('40P01'),
      sql('40001'),
      sql('55P03'),
      sql('57014'),
      sql('23503'),
      new TypeError('x'),
      'odd',
    ]) {
      expect(kindOf(error)).toBe('transient');
    }
    const hopeful = errorCodes.filter((code) => kindOf(new DomainError(code, 'x')) === 'transient');
    expect(hopeful.filter((code) => !code.endsWith('NOT_FOUND'))).toEqual(['CONFLICT', 'UNAVAILABLE', 'INTERNAL']);
  });

  it('gives up after so many attempts, and waits longer before each, up to five minutes', () => {
    const failure = { error: 'x', kind: 'transient' as const };
    expect(statusOf({ ...failure, attempts: MAX_ATTEMPTS - 1 })).toBe('retrying');
    expect(statusOf({ ...failure, attempts: MAX_ATTEMPTS })).toBe('failed');
    expect(statusOf({ ...failure, kind: 'permanent', attempts: 1 })).toBe('failed');
    expect([1, 3, 4, 5, 11, 12, 99].map(retryAfter)).toEqual([1, 1, 2, 4, 256, 300, 300]);
  });

  it('has a name and a sentence for whatever was thrown', () => {
    expect([codeOf(sql('40P01')), codeOf(new TypeError('x')), codeOf(undefined)]).toEqual([
      '40P01',
      'TypeError',
      'UNKNOWN',
    ]);
    expect([sentenceOf(new Error('No.')), sentenceOf({ a: 1 }), sentenceOf(undefined)]).toEqual([
      'No.',
      '{"a":1}',
      'unknown',
    ]);
    expect(sentenceOf(new Error('x'.repeat(5000)))).toHaveLength(2000);
    expect(storable('a\u0000b')).toBe('a\ufffdb');
  });
});
