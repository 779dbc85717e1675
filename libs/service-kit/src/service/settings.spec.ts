import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { serviceSettings } from './service.settings.js';
import { SettingError, settingsFrom } from './settings.js';

const key = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }).toString();
const good = {
  PORT: '4101',
  DATABASE_URL: 'postgres://a@b/c',
  BROKER_URL: 'kafka://127.0.0.1:9092',
  INTERNAL_PUBLIC_KEY: key,
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

  it.each([
    ['BROKER_URL', 'kafka://a:hunter2@one:9092?sasl=guess', 'give in BROKER_URL as sasl one of'],
    ['BROKER_URL', 'amqp://a:hunter2@one', 'it begins with kafka:// or postgres://'],
    ['INTERNAL_PUBLIC_KEY', 'hunter2', 'give an Ed25519 public key as PEM'],
    ['DATABASE_POOL', '1', 'give a whole number from 2 to 100'],
    ['DATABASE_POOL', 'many', 'give a whole number from 2 to 100'],
  ])('say of a wrong %s (%s) what to give, and not what it was', (name, value, mend) => {
    const read = () => settingsFrom(serviceSettings, { ...good, [name]: value });
    expect(read).toThrow(new RegExp(`^${name} is set wrongly: (?!.*hunter2)${mend}[^\\n]*\\.$`));
  });

  it('count as not set where they are empty', () => {
    const { METRICS_PORT, DATABASE_POOL } = settingsFrom(serviceSettings, {
      ...good,
      METRICS_PORT: '',
      DATABASE_POOL: '',
    });
    expect({ METRICS_PORT, DATABASE_POOL }).toEqual({ METRICS_PORT: undefined, DATABASE_POOL: 8 });
    expect(() => settingsFrom(serviceSettings, { ...good, PORT: '' })).toThrow(/^PORT is not set/);
  });

  it('may stand in files, as secrets do', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'voronka-')), 'key');
    writeFileSync(file, `${key}\n`);
    const { INTERNAL_PUBLIC_KEY: _, ...rest } = good;
    expect(settingsFrom(serviceSettings, { ...rest, INTERNAL_PUBLIC_KEY_FILE: file })).toMatchObject({
      INTERNAL_PUBLIC_KEY: key.trim(),
    });
    expect(() => settingsFrom(serviceSettings, { ...rest, INTERNAL_PUBLIC_KEY_FILE: `${file}.gone` })).toThrow(
      /INTERNAL_PUBLIC_KEY_FILE names .* cannot be read/,
    );
  });
});
