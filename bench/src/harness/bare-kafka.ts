import { Kafka, logLevel } from 'kafkajs';

/** kafkajs as a bare client uses it, silent. */
export const bareKafka = (brokers: string): Kafka =>
  new Kafka({ brokers: brokers.split(','), clientId: 'bench-bare', logLevel: logLevel.NOTHING });
