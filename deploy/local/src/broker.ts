import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { StartFailure } from './failure.js';
import { type KafkaProgram, NoKafka, kafkaProgram } from './kafka-jars.js';
import { databaseUrl } from './postgres.js';
import type { Settings } from './settings.js';
import type { State } from './state.js';

/** Which broker carries the events of this data: a Kafka of our own, one that is given, or the log in PostgreSQL. */
export type BrokerChoice =
  { kind: 'kafka'; program: KafkaProgram } | { kind: 'given'; brokers: string } | { kind: 'postgres'; because: string };

/**
 * Kafka wherever it can run. Data that began on one broker stays with it: its events are nowhere else.
 * `onFetch` is called when Maven has to fetch Kafka first.
 */
export async function chooseBroker(
  settings: Settings,
  state: State,
  { cacheFolder, onFetch, signal }: { cacheFolder: string; onFetch: () => void; signal: AbortSignal },
): Promise<BrokerChoice> {
  if (settings.kafkaBrokers !== undefined) return { kind: 'given', brokers: settings.kafkaBrokers };
  if (state.broker === 'postgres')
    return {
      kind: 'postgres',
      because: 'this data began without Kafka and keeps its events there; npm run reset begins anew',
    };
  try {
    return { kind: 'kafka', program: await kafkaProgram(cacheFolder, { onFetch, signal }) };
  } catch (error) {
    if (!(error instanceof NoKafka)) throw error;
    if (existsSync(join(settings.dataFolder, 'kafka', 'data', 'meta.properties')))
      throw new StartFailure(`The events of this data are in Kafka, which cannot run here now. ${error.message}`);
    return { kind: 'postgres', because: error.message };
  }
}

/** BROKER_URL as the services read it. */
export function brokerUrl(choice: BrokerChoice, settings: Settings, serverUrl: string): string {
  if (choice.kind === 'postgres') return databaseUrl(serverUrl, 'voronka_bus');
  return `kafka://${choice.kind === 'given' ? choice.brokers : `127.0.0.1:${settings.kafkaPort}`}`;
}
