import { allEvents, allStates, allTopics, Changes } from '@voronka/contracts';
import { stringify } from 'yaml';
import { z } from 'zod';

/** The headers of every message: CloudEvents 1.0 in Kafka's binary mode, all strings. */
const headers = {
  ce_specversion: { const: '1.0' },
  ce_id: {
    format: 'uuid',
    description: "The event's own id. The same event sent again has the same id, and a state has that of its event.",
  },
  ce_source: {
    description: 'The service that announced it, such as /voronka/leads; of its states /voronka/leads/state.',
  },
  ce_type: { description: 'The name of the event; of a state that of its topic.' },
  ce_time: { format: 'date-time', description: 'When it happened in the business.' },
  ce_subject: { format: 'uuid', description: "The record's id, which is also the key of the message." },
  ce_dataschema: { description: 'The $id of the JSON Schema of the value.' },
  ce_aggregateversion: { pattern: '^[1-9]\\d*$', description: 'The version of the record after this event: 1, 2, 3 …' },
  ce_eventversion: { pattern: '^[1-9]\\d*$', description: 'The version of the schema of the event.' },
  ce_actor: { description: 'Who did it: the id of a user, or system: and the name of a service.' },
  ce_correlationid: { description: 'The same for everything that one request led to.' },
  ce_causationid: { format: 'uuid', description: 'The id of the event that led to this one, where one did.' },
  ce_recordedat: { format: 'date-time', description: 'When Voronka recorded it.' },
  ce_traceparent: { description: 'W3C trace context of the request, where it had one.' },
  'content-type': { const: 'application/json' },
};
const optional = ['ce_causationid', 'ce_traceparent'];

/** All that is on the topics: events, and the states that are made from them. */
export const allMessages = () => [...allEvents(), ...allStates()];

const fileOf = ({ type, version }) => `schemas/${type}.v${version}.schema.json`;
const dataschemaOf = ({ type, version }) => `urn:voronka:event:${type}:${version}`;

/**
 * The JSON Schema (2020-12) of the value of an event or a state as a producer may send it: closed. A reader ignores fields it does not
 * know, since a version gains optional ones.
 */
export function schemaOf(event) {
  const { $schema, ...schema } = z.toJSONSchema(event.schema, {
    target: 'draft-2020-12',
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema === Changes) jsonSchema.description = 'What the fields of the record were and became.';
    },
  });
  return { $schema, $id: dataschemaOf(event), title: event.type, description: event.description, ...schema };
}

const idOf = (name) => name.replace(/^crm\./, '').replace(/[.-](\w)/g, (_, letter) => letter.toUpperCase());
/** The first version of an event bears its name alone, as it did before there was a second. */
const messageIdOf = ({ type, version }) => `${idOf(type)}${version > 1 ? `V${version}` : ''}`;
const ref = ($ref) => ({ $ref });

/** The value is null where the message says that the record is gone. */
function messageOf(event, maybeNull) {
  const schema = ref(`./${fileOf(event)}`);
  return {
    name: event.type,
    title: `${event.type} v${event.version}`,
    summary: event.description,
    contentType: 'application/json',
    traits: [ref('#/components/messageTraits/cloudEvent')],
    headers: {
      type: 'object',
      properties: {
        ce_type: { type: 'string', const: event.type },
        ce_eventversion: { type: 'string', const: String(event.version) },
        ce_dataschema: { type: 'string', const: dataschemaOf(event) },
      },
    },
    payload: {
      schemaFormat: 'application/schema+json;version=draft-2020-12',
      schema: maybeNull ? { anyOf: [schema, { type: 'null' }] } : schema,
    },
  };
}

function channelOf(topic, events) {
  return {
    address: topic.name,
    description: topic.description,
    messages: Object.fromEntries(
      events
        .filter((event) => event.topic === topic.name)
        .map((event) => [messageIdOf(event), ref(`#/components/messages/${messageIdOf(event)}`)]),
    ),
    bindings: {
      kafka: {
        topic: topic.name,
        partitions: topic.partitions,
        topicConfiguration: {
          'cleanup.policy': [topic.cleanup],
          'retention.ms': topic.retention,
          'retention.bytes': -1,
        },
        bindingVersion: '0.5.0',
      },
    },
  };
}

/** The AsyncAPI 3 document: what can be read from Voronka's topics, and how. */
export function asyncapiOf(topics, events) {
  const erased = new Set(events.filter(({ erases }) => erases).map(({ noun }) => `crm.${noun}.state`));
  const channels = Object.fromEntries(topics.map((topic) => [idOf(topic.name), channelOf(topic, events)]));
  return {
    asyncapi: '3.0.0',
    info: {
      title: "Voronka's events",
      version: '1.0.0',
      description:
        'Every change is an event on the topic of its noun, kept for ever and keyed by the id of the record: in order per ' +
        'record, delivered at least once. The envelope is CloudEvents 1.0 in binary mode. Within a version only optional ' +
        'fields are added: ignore the fields you do not know. A topic holds every version that was ever written. The topics ' +
        'that end in .state have of each record the newest state alone, about a second behind its events, and null once it ' +
        'is gone: keep of each key the highest ce_aggregateversion, for an older state may come again. An installation may ' +
        'put a prefix before every topic.',
    },
    defaultContentType: 'application/json',
    servers: {
      kafka: {
        host: '{brokers}',
        protocol: 'kafka',
        description: "The installation's Kafka.",
        variables: { brokers: { default: '127.0.0.1:9092', description: 'One or more addresses of brokers.' } },
      },
    },
    channels,
    operations: Object.fromEntries(
      topics.map((topic) => [
        `announce${idOf(topic.name)[0].toUpperCase()}${idOf(topic.name).slice(1)}`,
        {
          action: 'send',
          channel: ref(`#/channels/${idOf(topic.name)}`),
          summary: topic.description,
          messages: Object.keys(channels[idOf(topic.name)].messages).map((id) =>
            ref(`#/channels/${idOf(topic.name)}/messages/${id}`),
          ),
        },
      ]),
    ),
    components: {
      messages: Object.fromEntries(
        events.map((event) => [messageIdOf(event), messageOf(event, erased.has(event.type))]),
      ),
      messageTraits: {
        cloudEvent: {
          headers: {
            type: 'object',
            required: Object.keys(headers).filter((name) => !optional.includes(name)),
            properties: Object.fromEntries(
              Object.entries(headers).map(([name, about]) => [name, { type: 'string', ...about }]),
            ),
          },
          bindings: {
            kafka: {
              key: { type: 'string', format: 'uuid', description: "The record's id." },
              bindingVersion: '0.5.0',
            },
          },
        },
      },
    },
  };
}

/** What belongs into libs/contracts/generated: text by file name. */
export function contractFiles() {
  const events = allMessages();
  return new Map([
    ['asyncapi.yaml', stringify(asyncapiOf(allTopics(), events), { lineWidth: 0, aliasDuplicateObjects: false })],
    ...events.map((event) => [fileOf(event), `${JSON.stringify(schemaOf(event), null, 2)}\n`]),
  ]);
}
