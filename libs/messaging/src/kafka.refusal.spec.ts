import { describe, expect, it } from '@jest/globals';
import { namesOf } from '@voronka/contracts';
import kafkajs from 'kafkajs';
import { Refused } from './broker.js';
import { makeError } from './kafka.refusal.js';
import { fewerPartitions } from './kafka.topic.js';

const { KafkaJSAggregateError, KafkaJSProtocolError } = kafkajs;
// Exported, and not typed.
const { KafkaJSCreateTopicError } = kafkajs as unknown as {
  KafkaJSCreateTopicError: new (error: Error, topic: string) => Error;
};
const refusing = (topic: string, type: string, message: string) =>
  new KafkaJSCreateTopicError(Object.assign(new Error(message), { type, code: 29, retriable: false }), topic);

describe('topics that Kafka does not make', () => {
  it('are named, with its reason, and those are not which are there already', () => {
    const error = makeError(
      new KafkaJSAggregateError('Topic creation errors', [
        refusing('crm.lead.events', 'TOPIC_ALREADY_EXISTS', 'Topic already exists'),
        refusing('crm.lead.state', 'TOPIC_AUTHORIZATION_FAILED', 'Not authorized to access topics'),
        refusing('crm.source.events', 'TOPIC_AUTHORIZATION_FAILED', 'Not authorized to access topics'),
      ]),
    );
    expect(error).toBeInstanceOf(Refused);
    expect((error as Refused).message).toBe(
      'TOPIC_AUTHORIZATION_FAILED: Not authorized to access topics (crm.lead.state, crm.source.events)',
    );
    expect(namesOf(error)).toContain('TOPIC_AUTHORIZATION_FAILED');
  });

  it('are not spoken of where the reason lies elsewhere', () => {
    const away = new KafkaJSProtocolError(Object.assign(new Error('gone'), { type: 'NOT_CONTROLLER' }) as never);
    expect(makeError(away)).toBe(away);
  });
});

describe('a topic that has fewer partitions than are declared', () => {
  const topic = { name: 'crm.lead.events', partitions: 6, description: '', cleanup: 'delete', retention: -1 } as const;

  it.each([
    [3, 6],
    [4, 8],
    [1, 6],
  ])('is raised from %i to the next multiple, %i', (there, to) => {
    expect(fewerPartitions(topic, there)).toBe(
      `Topic crm.lead.events has ${there} partitions, and 6 are declared. No more than ${there} instances share its events; give it more in order: npm run ops -- topics raise crm.lead.events --partitions ${to}`,
    );
  });

  it('is made anew, if it is of states, which are not raised', () => {
    const said = fewerPartitions({ ...topic, name: 'crm.lead.state', cleanup: 'compact' }, 3);
    expect(said).toContain('delete the topic, and npm run ops -- states refill');
    expect(said).not.toContain('raise');
  });
});
