import type { BrokerOptions } from './broker.js';
import type { BrokerView } from './broker-view.js';
import { kafkaAddress } from './kafka.address.js';
import { KafkaView } from './kafka.view.js';
import { PostgresView } from './postgres.view.js';

/** The view of a BROKER_URL. Other URLs throw. */
export function brokerViewFrom(url: string, options: BrokerOptions): BrokerView {
  if (url.startsWith('kafka://')) return new KafkaView(kafkaAddress(url), options);
  if (/^postgres(ql)?:\/\//.test(url)) return new PostgresView(url, options);
  throw new Error(`BROKER_URL is neither kafka://host:port nor postgres://…: ${url.replace(/:[^:@/]*@/, ':***@')}`);
}
