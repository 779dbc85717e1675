import { describe, expect, it } from '@jest/globals';
import { type Surroundings, environment, healthUrl, processNames, serviceNames } from './services.js';
import { readSettings } from './settings.js';

const pair = (name: string) => ({ privateKey: `${name} private`, publicKey: `${name} public` });
const around: Surroundings = {
  root: '/srv/voronka',
  settings: readSettings({ HOST: '0.0.0.0', TOPIC_PREFIX: 'acme.' }, [], '/srv/voronka'),
  keys: { internal: pair('internal'), access: pair('access'), secondFactor: 'second', postgresPassword: 'secret' },
  serverUrl: 'postgres://me:pw@127.0.0.1:5439/postgres',
  brokerUrl: 'kafka://127.0.0.1:9192',
  ports: { identity: 1, leads: 2, accounts: 3, deals: 4, tasks: 5, analytics: 6 },
};

describe('the settings of a process', () => {
  it('give a service its own database, the broker and the key that verifies the gateway', () => {
    expect(environment('leads', around)).toMatchObject({
      PORT: '2',
      DATABASE_URL: 'postgres://me:pw@127.0.0.1:5439/voronka_leads',
      BROKER_URL: 'kafka://127.0.0.1:9192',
      TOPIC_PREFIX: 'acme.',
      INTERNAL_PUBLIC_KEY: 'internal public',
    });
  });

  it('send a service to the database that was moved, and the others to the server of all', () => {
    const moved = 'postgres://me:pw@two:5432/deals_of_ours';
    const settings = readSettings({ DEALS_DATABASE_URL: moved }, [], '/srv/voronka');
    expect(environment('deals', { ...around, settings }).DATABASE_URL).toBe(moved);
    expect(environment('leads', { ...around, settings }).DATABASE_URL).toMatch(/:5439\/voronka_leads$/);
  });

  it('keep the services on loopback when the gateway listens everywhere', () => {
    expect(environment('gateway', around)).toMatchObject({ HOST: '0.0.0.0', PORT: '4000' });
    expect(serviceNames.map((name) => environment(name, around).HOST)).toEqual(serviceNames.map(() => '127.0.0.1'));
  });

  it('give each private key to the one who signs with it and to nobody else', () => {
    const holders = (secret: string) =>
      [...serviceNames, 'gateway' as const].filter((name) => Object.values(environment(name, around)).includes(secret));
    expect(holders('access private')).toEqual(['identity']);
    expect(holders('second')).toEqual(['identity']);
    expect(holders('internal private')).toEqual(['gateway']);
  });

  it('tell the gateway where each service is', () => {
    expect(environment('gateway', around)).toMatchObject({
      DEALS_URL: 'http://127.0.0.1:4/graphql',
      ANALYTICS_URL: 'http://127.0.0.1:6/graphql',
    });
  });

  it('give each process a port of its own to be measured at, where there is to be one', () => {
    const ports = (METRICS_PORT: string) => {
      const settings = readSettings({ METRICS_PORT }, [], '/srv/voronka');
      return processNames.map((name) => environment(name, { ...around, settings }).METRICS_PORT);
    };
    expect(ports('')).toEqual(['', '', '', '', '', '', '']);
    expect(ports('0')).toEqual(['0', '0', '0', '0', '0', '0', '0']);
    expect(ports('9464')).toEqual(['9464', '9465', '9466', '9467', '9468', '9469', '9470']);
  });

  it('have the gateway asked for its health on this machine, wherever it listens', () => {
    expect(healthUrl('gateway', around)).toBe('http://127.0.0.1:4000/health/ready');
  });
});
