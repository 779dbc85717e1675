import { describe, expect, it } from '@jest/globals';
import { StartFailure, died, sentence } from './failure.js';

describe('the one sentence about a failure', () => {
  it('is the failure itself where we put it into words', () => {
    expect(sentence(new StartFailure('Do this.'))).toBe('Do this.');
  });

  it.each(['ENOSPC', 'EACCES', 'EROFS', 'ENOTDIR'])('names VORONKA_DATA when the disk says %s', (code) => {
    expect(sentence(Object.assign(new Error('no'), { code, path: '/data/x' }))).toMatch(/\/data\/x.*VORONKA_DATA/);
  });
});

describe('a process that did not come up', () => {
  it('is explained by the last error in its log, out of the JSON around it', () => {
    const said = '{"level":30,"msg":"up"}\n{"level":50,"msg":"cannot listen","err":{"message":"port taken"}}\nbye\n';
    expect(died('leads', said, '/logs/leads.log').message).toBe(
      'leads did not start (cannot listen: port taken): see /logs/leads.log.',
    );
  });

  it('is explained by the full disk where that was the reason', () => {
    const said = 'FATAL:  could not write lock file "postmaster.pid": No space left on device';
    expect(died('PostgreSQL', said, '/logs/postgres.log').message).toContain('VORONKA_DATA');
  });

  it('is explained by its last words where it named no error', () => {
    expect(died('leads', 'one\ntwo\n', '/logs/leads.log').message).toContain('(two)');
  });
});
