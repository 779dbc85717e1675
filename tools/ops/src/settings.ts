import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { OpsFailure } from './failure.js';

/** Where the system is that an operator works on. */
export interface Settings {
  /** The PostgreSQL server that has the databases voronka_*; the path of the address counts for nothing. */
  readonly databaseUrl: string;
  /** By service, the whole address of a database that is elsewhere. */
  readonly elsewhere?: Readonly<Record<string, string>>;
  readonly brokerUrl: string;
  readonly topicPrefix: string;
}

/** From the environment, and what it leaves open from a local start's data folder. Throws OpsFailure naming what is missing or wrong. */
export function settingsOf(environment: NodeJS.ProcessEnv, dataFolder?: string): Settings {
  const given = (name: string) => environment[name] || undefined;
  const databaseUrl = given('DATABASE_URL') ?? (dataFolder === undefined ? undefined : localPostgres(dataFolder));
  if (databaseUrl === undefined)
    throw new OpsFailure(
      'DATABASE_URL is not set: give the server with the databases, postgres://user:password@host:5432/, or say --data .local for a local start.',
    );
  requireAddress('DATABASE_URL', databaseUrl, /^postgres(ql)?:\/\//, 'postgres://user:password@host:5432/');
  const brokerUrl =
    given('BROKER_URL') ?? (dataFolder === undefined ? undefined : localBroker(dataFolder, databaseUrl));
  if (brokerUrl === undefined)
    throw new OpsFailure(
      'BROKER_URL is not set: give kafka://host:9092 or postgres://…/voronka_bus, or say --data .local for a local start.',
    );
  requireAddress('BROKER_URL', brokerUrl, /^(kafka|postgres(ql)?):\/\//, 'kafka://host:9092 or postgres://…');
  const elsewhere = elsewhereIn(environment);
  return {
    ...{ databaseUrl, brokerUrl, topicPrefix: environment['TOPIC_PREFIX'] ?? '' },
    ...(Object.keys(elsewhere).length > 0 && { elsewhere }),
  };
}

/** `DEALS_DATABASE_URL` and the like. */
function elsewhereIn(environment: NodeJS.ProcessEnv): Record<string, string> {
  const elsewhere: Record<string, string> = {};
  for (const [setting, value] of Object.entries(environment)) {
    const service = /^([A-Z]+)_DATABASE_URL$/.exec(setting)?.[1];
    if (!service || !value) continue;
    requireAddress(setting, value, /^postgres(ql)?:\/\//, 'postgres://user:password@host:5432/voronka_deals');
    elsewhere[service.toLowerCase()] = value;
  }
  return elsewhere;
}

/** The address of another database on the same server. */
export function databaseOn(serverUrl: string, name: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}

function requireAddress(name: string, value: string, shape: RegExp, example: string): void {
  if (!shape.test(value) || !URL.canParse(value.split(',')[0] ?? ''))
    throw new OpsFailure(`${name} is not an address: give ${example}.`);
}

/** A local start's own PostgreSQL: its password among the keys, its port in what the server says of itself. */
function localPostgres(folder: string): string {
  const password = read(folder, 'keys', 'postgres-password');
  const port = read(folder, 'postgres', 'postmaster.pid')?.split('\n')[3]?.trim();
  if (password === undefined)
    throw new OpsFailure(
      `There is no local start in ${folder}: give its data folder with --data, or set DATABASE_URL.`,
    );
  if (!port)
    throw new OpsFailure(
      `No PostgreSQL runs in ${folder}: start it with npm start, or set DATABASE_URL where the databases are elsewhere.`,
    );
  return `postgres://voronka:${password.trim()}@127.0.0.1:${port}/postgres`;
}

function localBroker(folder: string, serverUrl: string): string {
  const state = read(folder, 'state.json');
  const { broker } = (state === undefined ? {} : JSON.parse(state)) as { broker?: string };
  if (broker === 'postgres') return databaseOn(serverUrl, 'voronka_bus');
  const listener = read(folder, 'kafka', 'server.properties')?.match(
    /^advertised\.listeners=PLAINTEXT:\/\/(\S+)/m,
  )?.[1];
  if (broker === 'kafka' && listener !== undefined) return `kafka://${listener}`;
  throw new OpsFailure(`${folder} does not say where its Kafka is: set BROKER_URL to kafka://host:9092.`);
}

function read(...path: string[]): string | undefined {
  const file = join(...path);
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}
