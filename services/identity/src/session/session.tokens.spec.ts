import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'uuid';
import { readRefreshToken } from './session.tokens.js';

const sessionId = '0190a8f2-7c1e-7d44-9b60-3c5f0e6a1b2d';
const bytes = Buffer.concat([parse(sessionId), randomBytes(64)]);

describe('a refresh token', () => {
  it('names its session and carries two secrets of 256 bits', () => {
    const token = readRefreshToken(bytes.toString('base64url'));
    expect(token).toEqual({ sessionId, family: bytes.subarray(16, 48), secret: bytes.subarray(48) });
  });

  it.each([
    ['nothing', ''],
    ['a word', 'refresh'],
    ['one that is too short', bytes.subarray(1).toString('base64url')],
    ['one that is too long', Buffer.concat([bytes, bytes]).toString('base64url')],
    ['one with a space in it', ` ${bytes.toString('base64url')}`],
    ['one without a session', randomBytes(80).fill(1, 0, 16).toString('base64url')],
  ])('is not %s', (_, text) => {
    expect(readRefreshToken(text)).toBeNull();
  });
});
