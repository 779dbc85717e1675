import { describe, expect, it } from '@jest/globals';
import { GraphQLError } from 'graphql';
import pino from 'pino';
import { formatError } from './errors.js';

const lines: { level: number; msg: string }[] = [];
const logger = pino({ level: 'debug' }, { write: (line) => lines.push(JSON.parse(line) as (typeof lines)[0]) });
const told = (cause: Error) =>
  formatError(
    { message: cause.message, path: ['deal'] },
    new GraphQLError(cause.message, { originalError: cause }),
    logger,
  );

describe('what is told of a failure', () => {
  it.each([
    ['terminating connection due to administrator command', '57P01'],
    ['connect ECONNREFUSED', 'ECONNREFUSED'],
    ['Connection terminated unexpectedly', undefined],
    ['timeout exceeded when trying to connect', undefined],
    ['certificate has expired', 'CERT_HAS_EXPIRED'],
    ['could not extend file "base/5/16403": No space left on device', '53100'],
    ['sorry, too many clients already', '53300'],
    ['cannot execute INSERT in a read-only transaction', '25006'],
  ])('is that a database which is away, or cannot, comes back: %s', (message, code) => {
    expect(told(Object.assign(new Error(message), { code }))).toMatchObject({
      path: ['deal'],
      extensions: { code: 'UNAVAILABLE' },
    });
    expect(lines.at(-1)).toMatchObject({ level: 40 });
  });

  it('is nothing but the fact where the fault is ours', () => {
    const answer = told(Object.assign(new Error('column "secret" does not exist'), { code: '42703' }));
    expect(answer.extensions).toEqual({ code: 'INTERNAL' });
    expect(answer.message).not.toContain('secret');
    expect(lines.at(-1)).toMatchObject({ level: 50 });
  });
});
