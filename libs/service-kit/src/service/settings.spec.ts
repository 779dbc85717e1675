import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { serviceSettings, SettingError, settingsFrom } from './settings.js';

const good = {
  PORT: '4101',
  DATABASE_URL: 'postgres://a@b/c',
  BROKER_URL: 'kafka://127.0.0.1:9092',
  INTERNAL_PUBLIC_KEY: 'key',
};

describe('the settings of a service', () => {
  it('bind to loopback and log at info unless told', () => {
    expect(settingsFrom(serviceSettings, good)).toMatchObject({
      HOST: '127.0.0.1',
      LOG_LEVEL: 'info',
      PORT: 4101,
      TOPIC_PREFIX: '',
    });
  });

  it('name each setting that is missing or wrong, with the mend', () => {
    const read = () =>
      settingsFrom(serviceSettings, { ...good, PORT: '70000', DATABASE_URL: undefined, LOG_LEVEL: 'loud' });
    expect(read).toThrow(SettingError);
    expect(read).toThrow(/^PORT is set wrongly: give a port number from 0 to 65535\.$/m);
    expect(read).toThrow(/^DATABASE_URL is not set: give the address/m);
    expect(read).toThrow(/^LOG_LEVEL is set wrongly: choose one of/m);
  });

  it('may stand in files, as secrets do', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'voronka-')), 'key');
    writeFileSync(file, 'from a file\n');
    const { INTERNAL_PUBLIC_KEY: _, ...rest } = good;
    expect(settingsFrom(serviceSettings, { ...rest, INTERNAL_PUBLIC_KEY_FILE: file })).toMatchObject({
      INTERNAL_PUBLIC_KEY: 'from a file',
    });
    expect(() => settingsFrom(serviceSettings, { ...rest, INTERNAL_PUBLIC_KEY_FILE: `${file}.gone` })).toThrow(
      /INTERNAL_PUBLIC_KEY_FILE names .* cannot be read/,
    );
  });
});
