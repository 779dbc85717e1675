import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it, jest } from '@jest/globals';
import { scenarios } from '../src/catalogue.js';
import { readResults } from '../src/harness/results.js';

jest.setTimeout(600_000);

/** One of each kind: all of them take half an hour together. `npm run bench -- --size smoke` runs them. */
const kinds = ['consume', 'latency', 'rights-cost', 'offboarding', 'card'];
const run = scenarios.filter(({ name }) => kinds.includes(name));

const root = resolve(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'voronka-bench-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs `npm run bench` as it was built; answers how it ended and what it said. */
function bench(...args: string[]): Promise<{ code: number | null; said: string }> {
  return new Promise((done) => {
    const child = spawn(process.execPath, [join(root, 'bench/dist/main.js'), ...args], { cwd: root });
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (said += text));
    child.once('close', (code) => done({ code, said }));
  });
}

describe('the bench', () => {
  it('runs scenarios of every kind at a tiny size, and finds every answer right', async () => {
    const args = ['--size', 'smoke', '--runs', '1', '--data', join(folder, 'data'), '--out', join(folder, 'results')];
    const { code, said } = await bench(...kinds, ...args);
    expect(code === 0 ? 'every answer right' : said).toBe('every answer right');

    const results = readResults(join(folder, 'results'));
    expect([...results.keys()].sort()).toEqual([...kinds].sort());
    for (const { name, measures, floors } of run) {
      const [found] = results.get(name)?.runs ?? [];
      expect(found?.wrong).toEqual([]);
      expect(Object.keys(found?.figures ?? {})).toEqual(expect.arrayContaining(Object.keys(measures)));
      expect(Object.keys(found?.floors ?? {}).sort()).toEqual(Object.keys(floors).sort());
    }
  });

  it('refuses what there is not', async () => {
    expect(await bench('nothing')).toEqual({
      code: 2,
      said: 'There is no scenario and no group nothing: npm run bench -- list.\n',
    });
    expect((await bench('messaging', '--size', 'huge')).code).toBe(2);
  });
});
