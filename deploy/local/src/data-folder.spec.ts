import { createPublicKey, sign, verify } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { loadKeys } from './keys.js';
import { lock } from './lock.js';
import { KEPT_LOG_BYTES, trimLogs } from './logs.js';
import { birth } from './process.js';
import { readState, writeState } from './state.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'voronka-data-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('the lock of a data folder', () => {
  it('refuses a second holder by one sentence that names the first and VORONKA_DATA', () => {
    lock(folder, 'first');
    expect(() => lock(folder, 'first')).toThrow(
      new RegExp(`running on ${folder} already \\(process ${process.pid}\\).*VORONKA_DATA`),
    );
  });

  it('is free again once given back, and leaves nothing behind', () => {
    lock(folder, 'first')();
    lock(folder, 'first')();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is taken over from a process that is dead, and from another that has its number now', () => {
    writeFileSync(join(folder, 'lock.json'), JSON.stringify({ pid: process.pid, born: 'before the last boot' }));
    lock(folder, 'first');
    expect(JSON.parse(readFileSync(join(folder, 'lock.json'), 'utf8'))).toEqual({
      pid: process.pid,
      born: birth(process.pid),
    });
  });

  it('is taken over when it was only half written', () => {
    writeFileSync(join(folder, 'lock.json'), '{"pid":');
    lock(folder, 'first');
    expect(readdirSync(folder)).toEqual(['lock.json']);
  });
});

describe('the keys', () => {
  it('are made once, found again, and readable to their owner alone', () => {
    const keys = loadKeys(join(folder, 'keys'));
    expect(loadKeys(join(folder, 'keys'))).toEqual(keys);
    const modes = readdirSync(join(folder, 'keys')).map((name) => statSync(join(folder, 'keys', name)).mode & 0o777);
    expect(modes).toEqual([0o600, 0o600, 0o600, 0o600]);
  });

  it('are pairs, each apart from the other', () => {
    const { access, internal } = loadKeys(folder);
    const signature = sign(null, Buffer.from('text'), access.privateKey);
    expect(verify(null, Buffer.from('text'), createPublicKey(access.publicKey), signature)).toBe(true);
    expect(verify(null, Buffer.from('text'), createPublicKey(internal.publicKey), signature)).toBe(false);
  });

  it('that are damaged are refused by a sentence that names the file', () => {
    loadKeys(folder);
    writeFileSync(join(folder, 'access.pem'), 'nonsense');
    expect(() => loadKeys(folder)).toThrow(`${join(folder, 'access.pem')} does not hold an Ed25519 private key`);
  });
});

describe('what one start keeps for the next', () => {
  it('is empty at first and found again as it was written', () => {
    expect(readState(folder)).toEqual({});
    writeState(folder, { broker: 'kafka', administrator: 'admin@voronka.local' });
    expect(readState(folder)).toEqual({ broker: 'kafka', administrator: 'admin@voronka.local' });
  });

  it('is refused by a sentence when it is damaged', () => {
    writeFileSync(join(folder, 'state.json'), '{');
    expect(() => readState(folder)).toThrow('npm run reset');
  });
});

describe('the logs', () => {
  it('begin anew when they have grown large, with one older part kept beside', () => {
    writeFileSync(join(folder, 'leads.log'), 'x'.repeat(KEPT_LOG_BYTES + 1));
    writeFileSync(join(folder, 'deals.log'), 'short');
    trimLogs(folder);
    const sizes = Object.fromEntries(readdirSync(folder).map((name) => [name, statSync(join(folder, name)).size]));
    expect(sizes).toEqual({ 'deals.log': 5, 'leads.log': 0, 'leads.log.1': KEPT_LOG_BYTES + 1 });
  });
});
