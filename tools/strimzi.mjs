import { stringify } from 'yaml';
import { grantsOf } from './acls.mjs';

const API = 'kafka.strimzi.io/v1';
const labels = { 'strimzi.io/cluster': 'kafka' };
const text = (what, documents) => `# Made by npm run generate: ${what}\n${documents.join('---\n')}`;
const line = (value) => stringify(value, { collectionStyle: 'flow', lineWidth: 0 }).trim();

/** The declared topics as Strimzi's topic operator takes them. */
export const strimziTopics = (topics) =>
  text(
    'the topics that contracts declare, three copies of each.',
    topics.map(({ name, partitions, cleanup, retention }) => {
      const config = { 'cleanup.policy': cleanup, 'retention.ms': retention, 'min.insync.replicas': 2 };
      return `apiVersion: ${API}
kind: KafkaTopic
metadata: ${line({ name, labels })}
spec: ${line({ partitions, replicas: 3, config })}
`;
    }),
  );

/** Who signs in to Kafka and what he may do there, as Strimzi's user operator takes them. */
export const strimziUsers = (services) =>
  text(
    'what deploy/kafka/acls.sh gives, for Strimzi. The password of each is in the Secret kafka-<name>.',
    grantsOf(services).map(({ principal, grants }) => {
      const acls = grants.flatMap(({ operations, type, names = ['*'], prefixed }) =>
        names.map((name) => ({ resource: { type, name, patternType: prefixed ? 'prefix' : 'literal' }, operations })),
      );
      return `apiVersion: ${API}
kind: KafkaUser
metadata: ${line({ name: principal, labels })}
spec:
  authentication: { type: scram-sha-512 }
  authorization:
    type: simple
    acls:
${acls.map((acl) => `      - ${line(acl)}\n`).join('')}`;
    }),
  );
