import { describe, expect, it } from '@jest/globals';
import specs from '@asyncapi/specs';
import { allEvents, allTopics, type EventDeclaration } from '@voronka/contracts';
import { Ajv, type SchemaObject } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { headersOf } from '../libs/messaging/src/envelope.js';
import { allMessages, asyncapiOf, contractFiles, schemaOf } from './contracts.mjs';
import { exampleOf } from './example.mjs';

const events = allMessages();
const document = asyncapiOf(allTopics(), events);

/** Whether a document is AsyncAPI 3.0, by the specification's own schema; the errors where it is not. */
function asyncapiErrors(candidate: unknown): unknown[] {
  const ajv = new Ajv({ strict: false, unicodeRegExp: false });
  formats.default(ajv);
  const validate = ajv.compile(specs.schemasWithoutId['3.0.0'] as SchemaObject);
  validate(candidate);
  return validate.errors ?? [];
}

function validatorOf(event: EventDeclaration) {
  const ajv = new Ajv2020({ strict: true, allowUnionTypes: true });
  formats.default(ajv);
  return ajv.compile(schemaOf(event) as SchemaObject);
}

/** Every `$ref` in a document. */
function refsOf(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([key, value]) => (key === '$ref' ? [String(value)] : refsOf(value)));
}

const pointed = (ref: string): unknown =>
  ref
    .slice(2)
    .split('/')
    .reduce<unknown>((node, key) => (node as Record<string, unknown> | undefined)?.[key], document);

describe('the AsyncAPI document', () => {
  it('is valid AsyncAPI 3.0', () => {
    expect(asyncapiErrors(document)).toEqual([]);
  });

  it('would be seen invalid', () => {
    expect(asyncapiErrors({ ...document, operations: { announce: { action: 'shout' } } })).not.toEqual([]);
    expect(asyncapiErrors({ ...document, channels: { leads: { adress: 'crm.lead.events' } } })).not.toEqual([]);
  });

  it('refers to nothing that is not there', () => {
    const files = contractFiles();
    const refs = refsOf(document);
    expect(refs.length).toBeGreaterThan(events.length);
    const dangling = refs.filter((ref) =>
      ref.startsWith('#/') ? pointed(ref) === undefined : !files.has(ref.replace('./', '')),
    );
    expect(dangling).toEqual([]);
  });

  it('has every topic with its partitions, and every event and state on its topic', () => {
    const channels = Object.values(document.channels);
    expect(channels.map(({ address, bindings }) => [address, bindings.kafka.partitions])).toEqual(
      allTopics().map(({ name, partitions }) => [name, partitions]),
    );
    expect(channels.flatMap(({ messages }) => Object.keys(messages))).toHaveLength(events.length);
    expect(Object.values(document.operations).flatMap(({ messages }) => messages)).toHaveLength(events.length);
    expect(Object.values(document.components.messages).map(({ name }) => name)).toEqual(events.map(({ type }) => type));
  });

  it('says where a value may be null: on the topics of states whose records can be gone', () => {
    const nullable = Object.values(document.components.messages)
      .filter(({ payload }) => payload.schema.anyOf?.some(({ type }: { type?: string }) => type === 'null'))
      .map(({ name }) => name);
    expect(nullable.sort()).toEqual(['crm.company.state', 'crm.contact.state', 'crm.deal.state', 'crm.role.state']);
  });

  it('keeps the newest state of each record, every event for ever, and entries of the audit for a month', () => {
    const kept = Object.values(document.channels).map(({ address, bindings }) => [
      address.split('.')[2],
      bindings.kafka.topicConfiguration['cleanup.policy'].join(),
      bindings.kafka.topicConfiguration['retention.ms'],
    ]);
    const month = 30 * 24 * 60 * 60 * 1000;
    expect(new Set(kept.map(String))).toEqual(
      new Set(['events,delete,-1', 'state,compact,-1', 'facts,delete,-1', `entries,delete,${month}`]),
    );
  });

  it('describes the headers that a message carries, and no other', () => {
    const [declaration] = events;
    const at = new Date(0);
    const sent = headersOf(
      '0190a8f2-7c1e-7d44-9b60-3c5f0e6a1b2d',
      {
        declaration: declaration as EventDeclaration,
        recordId: '0190a8f2-7c1e-7d44-9b60-3c5f0e6a1b2e',
        version: 1,
        data: {},
        occurredAt: at,
        recordedAt: at,
        actor: 'system:test',
      },
      'test',
      { correlationId: 'c', causationId: 'a', traceparent: 't', actor: 'system:test' },
    );
    const described = document.components.messageTraits.cloudEvent.headers.properties;
    expect(Object.keys(described).sort()).toEqual(Object.keys(sent).sort());
  });
});

describe.each(events.map((event) => [event.type, event] as const))('the schema of %s', (_, event) => {
  const example = exampleOf(schemaOf(event)) as Record<string, unknown>;
  const validate = validatorOf(event);

  it('accepts an example, as the declaration does', () => {
    validate(example);
    expect(validate.errors).toBeNull();
    expect(event.schema.safeParse(example).error).toBeUndefined();
  });

  it('refuses an unknown field', () => {
    expect(validate({ ...example, surprise: 1 })).toBe(false);
  });
});

describe.each(allEvents().map((event) => [event.type, event] as const))('the record in %s', (_, event) => {
  it('has no unknown field either', () => {
    const example = exampleOf(schemaOf(event)) as Record<string, object>;
    const [noun] = Object.keys(example);
    const surprised = { ...example, [noun as string]: { ...example[noun as string], surprise: 1 } };
    expect(validatorOf(event)(surprised)).toBe(false);
  });
});
