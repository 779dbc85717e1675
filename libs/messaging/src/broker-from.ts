import type { Broker, BrokerOptions } from './broker.js';
import { kafkaAddress } from './kafka.address.js';
import { KafkaBroker } from './kafka.broker.js';
import { PostgresBroker } from './postgres.broker.js';

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
