import { describe, expect, it } from '@jest/globals';
import { readSettings } from './settings.js';

const root = '/srv/voronka';

describe('settings', () => {
  it('are loopback, fixed ports and .local in the checkout when nothing is said', () => {
    expect(readSettings({}, [], root)).toEqual({
      host: '127.0.0.1',
      gatewayPort: 4000,
      servicesPort: 4101,
      postgresPort: 5439,
      kafkaPort: 9192,
      logLevel: 'info',
      dataFolder: '/srv/voronka/.local',
      topicPrefix: '',
      demo: 'small',
    });
  });

  it('count as not said when they are empty', () => {
    expect(readSettings({ GATEWAY_PORT: '', DATABASE_URL: '' }, [], root)).toEqual(readSettings({}, [], root));
  });

  it('take a data folder relative to the checkout, or an absolute one', () => {
    expect(readSettings({ VORONKA_DATA: 'other' }, [], root).dataFolder).toBe('/srv/voronka/other');
    expect(readSettings({ VORONKA_DATA: '/var/voronka' }, [], root).dataFolder).toBe('/var/voronka');
  });

  it.each([
    ['DATABASE_URL', 'mysql://there'],
    ['DEALS_DATABASE_URL', 'two:5433'],
    ['KAFKA_BROKERS', 'no port'],
    ['GATEWAY_PORT', '70000'],
    ['POSTGRES_PORT', 'five'],
    ['METRICS_PORT', '65535'],
    ['LOG_LEVEL', 'loud'],
    ['TOPIC_PREFIX', 'a b'],
  ])('that are wrong are refused by one sentence that names %s and the mend', (name, value) => {
    expect(() => readSettings({ [name]: value }, [], root)).toThrow(
      new RegExp(`^${name} is "${value}", which it may not be: set it to .+, or leave it out\\.$`),
    );
  });

  it('take --demo from the command line or from what npm kept to itself, and refuse any other flag', () => {
    expect(readSettings({}, ['--demo=none'], root).demo).toBe('none');
    expect(readSettings({ npm_config_demo: 'none' }, [], root).demo).toBe('none');
    expect(() => readSettings({}, ['--demo=huge'], root)).toThrow('--demo is "huge"');
    expect(() => readSettings({}, ['--port=1'], root)).toThrow('the one flag there is');
  });
});
