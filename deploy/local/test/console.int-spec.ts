import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { lock } from '../src/lock.js';

jest.setTimeout(30_000);

let dataFolder: string;
beforeEach(() => {
  dataFolder = mkdtempSync(join(tmpdir(), 'voronka-console-'));
});
afterEach(() => rmSync(dataFolder, { recursive: true, force: true }));

/** Runs what `npm start` or `npm run reset` runs, as it was built. */
function run(
  name: 'main' | 'reset',
  env: NodeJS.ProcessEnv = {},
): Promise<{ status: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [join(process.cwd(), `deploy/local/dist/${name}.js`)],
      { env: { PATH: process.env.PATH, VORONKA_DATA: dataFolder, ...env } },
      (_error, stdout, stderr) => resolve({ status: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}

describe('npm start', () => {
  it('ends with one sentence and a status that is not 0 when a setting is wrong', async () => {
    expect(await run('main', { LOG_LEVEL: 'loud' })).toEqual({
      status: 1,
      stdout: '',
      stderr:
        'LOG_LEVEL is "loud", which it may not be: set it to one of trace, debug, info, warn, error, fatal, silent, or leave it out.\n',
    });
  });

  it('ends with one sentence when the data folder cannot be one', async () => {
    const file = join(dataFolder, 'file');
    writeFileSync(file, '');
    const { status, stderr } = await run('main', { VORONKA_DATA: file });
    expect(status).toBe(1);
    expect(stderr).toMatch(/^.* cannot be a folder .*: set VORONKA_DATA to one\.\n$/);
  });

  it('ends with one sentence while another runs on the same data', async () => {
    const unlock = lock(dataFolder, 'first');
    const { status, stderr } = await run('main');
    unlock();
    expect(status).toBe(1);
    expect(stderr).toMatch(/^Voronka is running on .* already .*\n$/);
  });

  it('ends with one sentence when a port is in use, and leaves the data folder free', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };
    const { status, stderr } = await run('main', { GATEWAY_PORT: String(port) });
    await new Promise((resolve) => other.close(resolve));
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: `Port ${port} is in use: stop what listens on it, or set GATEWAY_PORT to a free port.\n`,
    });
    expect(readdirSync(dataFolder)).not.toContain('lock.json');
  });
});

describe('npm run reset', () => {
  it('removes the data and leaves what is not ours', async () => {
    for (const name of ['postgres', 'kafka', 'keys', 'logs', 'run', 'mine']) mkdirSync(join(dataFolder, name));
    const { status, stdout } = await run('reset');
    expect({ status, stdout }).toEqual({ status: 0, stdout: `Removed the data in ${dataFolder}.\n` });
    expect(readdirSync(dataFolder)).toEqual(['mine']);
  });

  it('refuses while the system runs on it', async () => {
    mkdirSync(join(dataFolder, 'postgres'));
    const unlock = lock(dataFolder, 'first');
    const { status, stderr } = await run('reset');
    unlock();
    expect(status).toBe(1);
    expect(stderr).toMatch(/stop it before its data is removed/);
    expect(readdirSync(dataFolder)).toEqual(['postgres']);
  });
});
