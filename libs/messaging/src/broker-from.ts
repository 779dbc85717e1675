import type { Broker, BrokerOptions } from './broker.js';
import { kafkaAddress } from './kafka.address.js';
import { KafkaBroker } from './kafka.broker.js';
import { PostgresBroker } from './postgres.broker.js';

/** What is wrong with a URL for `brokerFrom`, said as what to do; null where nothing is. */
export function brokerFault(url: string): string | null {
  if (/^postgres(ql)?:\/\//.test(url)) return null;
  if (!url.startsWith('kafka://')) return 'it begins with kafka:// or postgres://';
  try {
    kafkaAddress(url);
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

/**
 * The broker of a URL: `kafka://host:port[,host:port]`, or `postgres://…` for the log in PostgreSQL. With
 * `kafka://name:password@…` one signs in, by SCRAM-SHA-512 unless `?sasl=` says `scram-sha-256` or `plain`, and over TLS
 * unless `tls=off` is said; `?tls=on` is TLS without a name. Name and password are percent-encoded. Other URLs throw.
 */
export function brokerFrom(url: string, options: BrokerOptions): Broker {
  if (url.startsWith('kafka://')) return new KafkaBroker(kafkaAddress(url), options);
  if (/^postgres(ql)?:\/\//.test(url)) return new PostgresBroker(url, options);
  throw new Error(`BROKER_URL is neither kafka://host:port nor postgres://…: ${url.replace(/:[^:@/]*@/, ':***@')}`);
}
