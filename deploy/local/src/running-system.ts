import type { BrokerChoice } from './broker.js';
import type { ProcessName, ServiceName } from './services.js';
import type { Settings } from './settings.js';

/** Who is told what happens. */
export interface Listener {
  /** Something is under way; again with another detail as it goes on. */
  begin(what: string, detail?: string): void;
  done(what: string, detail?: string): void;
  /** Something the person at the console should know, as a sentence. */
  notice(sentence: string): void;
}

export interface SystemOptions {
  settings: Settings;
  /** The checkout, built. */
  root: string;
  listener?: Listener;
  /** Ends a start that is under way; what had been started is stopped. */
  signal?: AbortSignal;
  /** Refuse where Kafka cannot run, instead of keeping the events in PostgreSQL. */
  requireKafka?: boolean;
  /** False for data that a test throws away: PostgreSQL does not wait for the disk. */
  durable?: boolean;
}

export interface Control {
  readonly pid: number | null;
  stop(): Promise<void>;
  /** Resolves when it is ready. */
  start(): Promise<void>;
  /** Ends it as a crash would; the supervisor starts it again. */
  kill(): Promise<void>;
}

export interface RunningSystem {
  /** The GraphQL endpoint. */
  readonly gatewayUrl: string;
  /** The first administrator; the password is known only to the start that made him. */
  readonly administrator: { email: string | null; password: string | null };
  readonly broker: BrokerChoice['kind'];
  /** host:port[,host:port]; null when the events are kept in PostgreSQL. */
  readonly brokers: string | null;
  databaseUrl(of: ServiceName | 'bus'): string;
  /** A service's own GraphQL endpoint, which lets in nobody but the gateway. */
  serviceUrl(of: ServiceName): string;
  process(name: ProcessName): Control;
  /** Null when it is not ours but given by a setting. */
  readonly kafka: Control | null;
  readonly postgres: Control | null;
  /** Resolves when the process answers that it is ready; rejects after `withinMs` (30,000 unless told). */
  healthy(name: ProcessName, withinMs?: number): Promise<void>;
  /** Stops everything in order: gateway, services, Kafka and PostgreSQL. Within 10 seconds. */
  stop(): Promise<void>;
}
