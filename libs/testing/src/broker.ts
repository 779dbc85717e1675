import { randomBytes } from 'node:crypto';
import { setting } from './setting.js';

/** The test run's Kafka as a BROKER_URL, and a topic prefix of its own, so that suites that share it do not meet. */
export function freshKafka(): { url: string; topicPrefix: string } {
  return { url: `kafka://${setting('TEST_KAFKA_BROKERS')}`, topicPrefix: `t${randomBytes(6).toString('hex')}.` };
}
