import type { Broker, BrokerOptions } from './broker.js';
import { KafkaBroker } from './kafka.broker.js';
import { PostgresBroker } from './postgres.broker.js';

/** The broker of a URL: `kafka://host:port[,host:port]`, or `postgres://…` for the log in PostgreSQL. Other URLs throw. */
export function brokerFrom(url: string, options: BrokerOptions): Broker {
  if (url.startsWith('kafka://')) {
    return new KafkaBroker(url.slice('kafka://'.length).replace(/\/+$/, '').split(','), options);
  }
  if (/^postgres(ql)?:\/\//.test(url)) return new PostgresBroker(url, options);
  throw new Error(`BROKER_URL is neither kafka://host:port nor postgres://…: ${url.replace(/:[^:@/]*@/, ':***@')}`);
}
