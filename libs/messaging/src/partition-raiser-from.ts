import type { BrokerOptions } from './broker.js';
import { kafkaAddress } from './kafka.address.js';
import { KafkaRaiser } from './kafka.raiser.js';
import type { PartitionRaiser } from './partition-raiser.js';

/** The raiser of a BROKER_URL; undefined for the log in PostgreSQL, whose partitions stay as they are. */
export function partitionRaiserFrom(url: string, options: BrokerOptions): PartitionRaiser | undefined {
  if (!url.startsWith('kafka://')) return undefined;
  return new KafkaRaiser(kafkaAddress(url), options);
}
