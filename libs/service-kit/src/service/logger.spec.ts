import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { loggerFor, type Logger } from './logger.js';
import { debugOnSignal } from './signals.js';

let lines: string[];
let logger: Logger;
const last = () => JSON.parse(lines.at(-1) ?? '{}') as Record<string, unknown>;
beforeEach(() => {
  lines = [];
  const to = { write: (line: string) => void lines.push(line) };
  logger = loggerFor('leads', 'info', { about: () => ({ correlationId: 'c1', actor: 'u1' }), to });
});
afterEach(() => void process.removeAllListeners('SIGUSR2'));

describe('the log', () => {
  it('is a line of JSON for each event, with what it belongs to', () => {
    logger.info({ list: 'deals' }, 'a list was taken');
    expect(lines).toHaveLength(1);
    expect(last()).toMatchObject({
      service: 'leads',
      correlationId: 'c1',
      actor: 'u1',
      list: 'deals',
      msg: 'a list was taken',
    });
  });

  it('tells what to do about an error, where that is known', () => {
    logger.warn({ err: new Error('no', { cause: Object.assign(new Error('full'), { code: '53100' }) }) }, 'it failed');
    expect(last()['err']).toMatchObject({ mend: expect.stringContaining('The disk of PostgreSQL is full') });
    logger.warn({ err: new Error('odd') }, 'it failed');
    expect(last()['err']).not.toHaveProperty('mend');
  });

  it('tells of a failed statement which constraint it broke, and not the values', () => {
    const refused = Object.assign(new Error('duplicate key value violates unique constraint "user_email"'), {
      code: '23505',
      constraint: 'user_email',
      detail: 'Key (email)=(anna@example.com) already exists.',
      parameters: ['anna@example.com'],
    });
    logger.error({ err: new Error('not saved', { cause: refused }) }, 'an operation failed');
    logger.error({ err: refused }, 'an operation failed');
    expect(lines.join('')).not.toContain('anna@example.com');
    expect(last()['err']).toMatchObject({ type: 'Error', code: '23505', constraint: 'user_email' });
    expect(last()['err']).toHaveProperty('stack');
  });

  it('keeps secrets, wherever they stand', () => {
    logger.warn({ password: 's3cret', req: { headers: { authorization: 's3cret' }, token: 's3cret' } }, 'asked');
    expect(lines.join('')).not.toContain('s3cret');
  });

  it('tells more from one SIGUSR2 to the next', () => {
    debugOnSignal(logger);
    const heard = () => {
      logger.debug({}, 'a detail');
      return last()['msg'] === 'a detail';
    };
    const before = heard();
    process.emit('SIGUSR2');
    const between = heard();
    process.emit('SIGUSR2');
    expect([before, between, heard()]).toEqual([false, true, false]);
  });
});
