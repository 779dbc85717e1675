import { get } from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { StartFailure, died } from './failure.js';
import type { Keys } from './keys.js';
import { launch } from './process.js';
import { databaseUrl } from './postgres.js';
import type { Settings } from './settings.js';
import type { Started } from './supervised.js';

export const serviceNames = ['identity', 'leads', 'accounts', 'deals', 'tasks', 'analytics'] as const;
export type ServiceName = (typeof serviceNames)[number];
export const processNames = [...serviceNames, 'gateway'] as const;
export type ProcessName = (typeof processNames)[number];

export const databaseName = (service: ServiceName | 'bus'): string => `voronka_${service}`;

/** What every process of ours is started with. */
export interface Surroundings {
  root: string;
  settings: Settings;
  keys: Keys;
  serverUrl: string;
  brokerUrl: string;
  ports: Record<ServiceName, number>;
}

const HEALTH_MS = 120_000;

/** Megabytes of V8's young generation: more where an answer is put together out of many rows. */
const youngGeneration: Record<ProcessName, number> = {
  gateway: 16,
  identity: 8,
  leads: 8,
  accounts: 8,
  deals: 16,
  tasks: 8,
  analytics: 8,
};

/**
 * What Node is started with: V8 collects its old generation once that has doubled, where it would let it grow up to fourfold, and puts
 * nothing there that is new, where it would what now and then lives longer: each such collection makes people wait.
 */
export const memoryFlags = (name: ProcessName): string[] => [
  `--max-semi-space-size=${youngGeneration[name]}`,
  '--heap-growing-percent=100',
  '--no-allocation-site-pretenuring',
];

/** Starts one service, or the gateway, as a process of its own; `ready` waits for its health. */
export async function startProcess(name: ProcessName, around: Surroundings): Promise<Started> {
  const { dataFolder } = around.settings;
  const logFile = join(dataFolder, 'logs', `${name}.log`);
  const child = await launch({
    name,
    file: process.execPath,
    args: [...memoryFlags(name), entry(name, around.root)],
    env: environment(name, around),
    logFile,
    runFolder: join(dataFolder, 'run'),
  });
  const until = Date.now() + HEALTH_MS;
  const ready = async (): Promise<void> => {
    while (!(await isHealthy(healthUrl(name, around)))) {
      if (!child.running) throw died(name, child.said(), logFile);
      if (Date.now() > until)
        throw new StartFailure(`${name} was not ready within ${HEALTH_MS / 1000} s: see ${logFile}.`);
      await delay(100);
    }
  };
  return { child, ready: ready() };
}

export function entry(name: ProcessName, root: string): string {
  return join(root, name === 'gateway' ? 'gateway' : join('services', name), 'dist', 'main.js');
}

export function healthUrl(name: ProcessName, { settings, ports }: Surroundings): string {
  return name === 'gateway'
    ? `http://${reachable(settings.host)}:${settings.gatewayPort}/health/ready`
    : `http://127.0.0.1:${ports[name]}/health/ready`;
}

/** The address at which something that listens on `host` is reached from this machine. */
export function reachable(host: string): string {
  return host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
}

/** One process has one port: they have theirs in a row, the services in the order of their names here, then the gateway. Undefined where METRICS_PORT is not set. */
export function metricsPort(name: ProcessName, { metricsPort: first }: Settings): number | undefined {
  return first ? first + processNames.indexOf(name) : first;
}

/** Where a database is: on the server of all, or where it was moved to. */
export function databaseUrlOf(
  of: ServiceName | 'bus',
  { settings: { elsewhere = {} }, serverUrl }: Surroundings,
): string {
  return (of !== 'bus' && elsewhere[of]) || databaseUrl(serverUrl, databaseName(of));
}

/** The settings of one process, as every way of running the system gives them. */
export function environment(name: ProcessName, around: Surroundings): NodeJS.ProcessEnv {
  const { settings, keys, ports } = around;
  const common = {
    ...process.env,
    NODE_ENV: 'development',
    LOG_LEVEL: settings.logLevel,
    METRICS_PORT: String(metricsPort(name, settings) ?? ''),
    NODE_COMPILE_CACHE: join(around.root, '.local', 'cache', 'node'),
  };
  if (name === 'gateway') {
    const urls = serviceNames.map((service) => [
      `${service.toUpperCase()}_URL`,
      `http://127.0.0.1:${ports[service]}/graphql`,
    ]);
    return {
      ...common,
      ...Object.fromEntries(urls),
      HOST: settings.host,
      PORT: String(settings.gatewayPort),
      ACCESS_PUBLIC_KEY: keys.access.publicKey,
      INTERNAL_PRIVATE_KEY: keys.internal.privateKey,
    };
  }
  return {
    ...common,
    HOST: '127.0.0.1',
    PORT: String(ports[name]),
    DATABASE_URL: databaseUrlOf(name, around),
    BROKER_URL: around.brokerUrl,
    TOPIC_PREFIX: settings.topicPrefix,
    INTERNAL_PUBLIC_KEY: keys.internal.publicKey,
    ...(name === 'identity'
      ? { ACCESS_PRIVATE_KEY: keys.access.privateKey, SECOND_FACTOR_KEY: keys.secondFactor }
      : {}),
  };
}

export function isHealthy(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(url, { agent: false, timeout: 2000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.once('timeout', () => request.destroy()).once('error', () => resolve(false));
  });
}
