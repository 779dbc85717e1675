import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { StartFailure } from './failure.js';
import type { KafkaProgram } from './kafka-jars.js';
import { kafkaAnswers } from './kafka-ready.js';
import { freePorts } from './ports.js';
import { type Child, launch } from './process.js';

export interface KafkaOptions extends KafkaProgram {
  folder: string;
  port: number;
  logFile: string;
  runFolder: string;
}

export interface Kafka {
  broker: string;
  child: Child;
  /** Resolves when the broker takes work. */
  ready: Promise<void>;
}

const logging = join(dirname(fileURLToPath(import.meta.url)), '..', 'kafka', 'log4j2.xml');
const MEMORY = ['-Xms64m', '-Xmx384m', '-XX:+UseSerialGC', '-XX:-UsePerfData', '-Xshare:auto'];

/**
 * Starts one Kafka node that is controller and broker (KRaft), on loopback, formatting its folder first where that is empty.
 * Resolves as soon as the process runs; `ready` waits for the broker.
 */
export async function startKafka(options: KafkaOptions): Promise<Kafka> {
  const { folder, port, java, jars, logFile } = options;
  const [controllerPort = 0] = await freePorts(1);
  mkdirSync(folder, { recursive: true });
  const config = join(folder, 'server.properties');
  const data = join(folder, 'data');
  writeFileSync(config, properties({ port, controllerPort, data }));

  const jvm = [...MEMORY, '-cp', join(jars, '*'), `-Dlog4j2.configurationFile=${logging}`];
  const env = { ...process.env, MALLOC_ARENA_MAX: '2' };
  if (!existsSync(join(data, 'meta.properties')))
    await format(java, [...jvm, 'kafka.tools.StorageTool', 'format', '-t', 'voronka-local', '-c', config], env, data);

  const child = await launch({
    name: 'kafka',
    file: java,
    args: [...jvm, 'kafka.Kafka', config],
    env,
    logFile,
    runFolder: options.runFolder,
  });
  return { broker: `127.0.0.1:${port}`, child, ready: takesWork(child, port, logFile) };
}

/** One node's settings: every internal topic with one replica and few partitions, and a short session so that a killed broker is back at once. */
export function properties({
  port,
  controllerPort,
  data,
}: {
  port: number;
  controllerPort: number;
  data: string;
}): string {
  const settings = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    'controller.listener.names': 'CONTROLLER',
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'log.dirs': data,
    'broker.session.timeout.ms': 2000,
    'broker.heartbeat.interval.ms': 500,
    'auto.create.topics.enable': false,
    'group.initial.rebalance.delay.ms': 0,
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 4,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 1,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    'share.coordinator.state.topic.num.partitions': 1,
    'log.retention.ms': -1,
    'log.cleaner.dedupe.buffer.size': 8 * 1024 * 1024,
    'num.network.threads': 2,
    'num.io.threads': 4,
    'background.threads': 2,
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

async function format(java: string, args: string[], env: NodeJS.ProcessEnv, data: string): Promise<void> {
  const child = spawn(java, args, { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const code = await new Promise<number | null>((resolve, reject) =>
    child.once('error', reject).once('close', resolve),
  );
  if (code === 0) return;
  rmSync(data, { recursive: true, force: true });
  throw new StartFailure(
    `Kafka could not lay out its data in ${data} (${said.trim().split('\n').pop()}): free some room there, or set VORONKA_DATA to another folder.`,
  );
}

async function takesWork(child: Child, port: number, logFile: string): Promise<void> {
  const until = Date.now() + 60_000;
  while (child.running && Date.now() < until) {
    if (await kafkaAnswers('127.0.0.1', port)) return;
    await delay(50);
  }
  await child.stop(2000);
  const lines = readFileSync(logFile, 'utf8').trim().split('\n');
  throw new StartFailure(
    `Kafka did not start: ${lines.findLast((line) => /FATAL|ERROR/.test(line)) ?? lines.at(-1)} (all of it in ${logFile}).`,
  );
}
