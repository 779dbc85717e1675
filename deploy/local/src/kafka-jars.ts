import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from './run.js';

/** What a Kafka node runs from. */
export interface KafkaProgram {
  java: string;
  jars: string;
}

/** Why there is no Kafka, and how to get it, as one sentence. */
export class NoKafka extends Error {
  override readonly name = 'NoKafka';
}

const here = dirname(fileURLToPath(import.meta.url));
const pom = join(here, '..', 'kafka', 'pom.xml');
const HOW =
  'install Java 17 or newer and Maven (Debian: apt install openjdk-17-jre-headless maven; macOS: brew install openjdk maven), or set KAFKA_BROKERS';

/** The version of Kafka that is run here, as the pom says it. */
export const kafkaVersion = /<kafka.version>(.+)<\/kafka.version>/.exec(readFileSync(pom, 'utf8'))?.[1] ?? '';

/**
 * Java and the jars of Kafka. Maven fetches them once into a folder under `cacheFolder`; from then on neither Maven nor network is needed.
 * Throws NoKafka when there is no Java from 17 up, or no jars and no way to fetch them.
 */
export async function kafkaProgram(
  cacheFolder: string,
  { onFetch, signal }: { onFetch?: () => void; signal?: AbortSignal } = {},
): Promise<KafkaProgram> {
  const java = await findJava();
  const jars = join(cacheFolder, `kafka-${kafkaVersion}`);
  if (existsSync(jars)) return { java, jars };

  onFetch?.();
  const unfinished = `${jars}.${process.pid}`;
  mkdirSync(unfinished, { recursive: true });
  const args = [
    '-B',
    '-q',
    '-f',
    pom,
    'dependency:copy-dependencies',
    `-DoutputDirectory=${unfinished}`,
    '-DincludeScope=runtime',
  ];
  const maven = await run('mvn', args, { signal });
  if (maven.code !== 0 || !readdirSync(unfinished).some((jar) => jar.startsWith('kafka_'))) {
    rmSync(unfinished, { recursive: true, force: true });
    if (maven.code === null) throw new NoKafka(`Maven, which fetches Kafka once, is missing: ${HOW}.`);
    const why = /\[ERROR\] (.{0,300})/.exec(maven.stdout)?.[1] ?? 'no network?';
    throw new NoKafka(
      `Maven could not fetch Kafka ${kafkaVersion} (${why}): try again with a network, or set KAFKA_BROKERS.`,
    );
  }
  if (existsSync(jars)) rmSync(unfinished, { recursive: true, force: true });
  else renameSync(unfinished, jars);
  return { java, jars };
}

async function findJava(): Promise<string> {
  const java = process.env.JAVA_HOME ? join(process.env.JAVA_HOME, 'bin', 'java') : 'java';
  const { code, stderr } = await run(java, ['-version']);
  if (code !== 0) throw new NoKafka(`Java is missing: ${HOW}.`);
  const version = javaVersion(stderr);
  if (version < 17) throw new NoKafka(`Java here is version ${version}, and Kafka needs 17: ${HOW}.`);
  return java;
}

/** The feature release in what `java -version` prints: 17 for "17.0.15", 8 for "1.8.0_292"; 0 when there is none. */
export function javaVersion(printed: string): number {
  const [, first, second] = /version "(\d+)(?:\.(\d+))?/.exec(printed) ?? [];
  return Number(first === '1' ? second : (first ?? 0));
}
