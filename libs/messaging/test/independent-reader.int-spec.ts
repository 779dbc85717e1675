import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { allEvents, allStates, allTopics, newestOf } from '@voronka/contracts';
import { eventually, freshDatabase, freshKafka } from '@voronka/testing';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import fc from 'fast-check';
import { v7 as newId } from 'uuid';
import { arbitraryOf, type Schema } from '../../contracts/test/arbitrary.js';
import {
  brokerFrom,
  context,
  Database,
  messagingUp,
  noMeter,
  outboxInsert,
  OutboxRelay,
  StatePublisher,
} from '../src/index.js';
import { faultsOf } from './cloud-event.js';
import { independentReader, type RawMessage } from './topic-reader.js';

jest.setTimeout(120_000);

const published = join(import.meta.dirname, '../../contracts/generated/schemas');
const schemaOf = (type: string, version: number | string): Schema & { $id: string } =>
  JSON.parse(readFileSync(join(published, `${type}.v${version}.schema.json`), 'utf8')) as Schema & { $id: string };

const each = 3;
const events = allEvents().flatMap((declaration) =>
  fc
    .sample(arbitraryOf(schemaOf(declaration.type, declaration.version)), { numRuns: each, seed: 11 })
    .map((data, i) => ({
      declaration,
      recordId: newId(),
      version: i + 1,
      data,
      occurredAt: new Date('2026-03-31T09:30:00Z'),
      recordedAt: new Date('2026-04-01T00:00:00Z'),
      actor: i === 0 ? 'system:test' : newId(),
    })),
);

/** Those of them that tell a record's state. */
const ofRecords = events.filter(({ declaration }) => declaration.state);

const header = ({ headers }: RawMessage, name: string) => headers.find(([other]) => other === name)?.[1];

/** Delivery is at least once: what comes again has the same id and is the same, and is dropped; if it is not the same, it stays. */
function onceEach(messages: readonly RawMessage[]): RawMessage[] {
  const first = new Map(messages.map((message) => [`${header(message, 'ce_id')} ${JSON.stringify(message)}`, message]));
  return [...first.values()];
}

describe('a reader that has nothing of ours but the published documents', () => {
  const { url, topicPrefix } = freshKafka();
  const brokers = url.replace('kafka://', '');
  const ends: (() => Promise<unknown>)[] = [];
  const onTopic = new Map<string, RawMessage[]>();
  const all = () => [...onTopic.values()].flat();
  const states = () => [...onTopic].flatMap(([name, messages]) => (name.endsWith('.state') ? messages : []));

  beforeAll(async () => {
    const own = await freshDatabase();
    const database = new Database({ url: own.url });
    const broker = brokerFrom(url, { clientId: 'test', topicPrefix });
    const relay = new OutboxRelay({ database, broker });
    let published = 0;
    const publisher = new StatePublisher({
      ...{ service: 'test', states: allStates(), broker },
      meter: { ...noMeter, published: (_, count) => (published += count) },
    });
    ends.push(
      () => publisher.stop(),
      () => relay.stop(),
      () => broker.close(),
      () => database.close(),
      () => own.drop(),
    );
    for (const text of messagingUp) await database.query({ text });
    await broker.ensureTopics(allTopics());
    const request = {
      correlationId: newId(),
      causationId: newId(),
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      actor: 'system:test',
    };
    await context.run(request, () =>
      database.transaction(async () => {
        await database.query(outboxInsert(events, 'test'));
      }),
    );
    relay.start();
    publisher.start();
    await eventually(async () => (await relay.depth()).rows === 0, { within: 60_000 });
    // What was published twice counts twice, so that nothing may be left either.
    await eventually(
      async () => published >= ofRecords.length && (await publisher.lag()).every(({ messages }) => messages === 0),
      { within: 60_000 },
    );
    const read = await independentReader();
    for (const { name } of allTopics()) onTopic.set(name, onceEach(await read(brokers, topicPrefix + name)));
  });
  afterAll(async () => {
    for (const end of ends) await end();
  });

  it('finds every declared event on its topic, under the key of its record', () => {
    expect(events).toHaveLength(allEvents().length * each);
    const sent = events.map(({ declaration: { topic, type, version }, recordId }) => [topic, type, version, recordId]);
    const found = [...onTopic].flatMap(([topic, messages]) =>
      (topic.endsWith('.state') ? [] : messages).map((m) => [
        topic,
        header(m, 'ce_type'),
        Number(header(m, 'ce_eventversion')),
        m.key,
      ]),
    );
    expect(found.map(String).sort()).toEqual(sent.map(String).sort());
  });

  it('finds the state of every record on its topic of states: what its event says in its newest version, and null where the record is gone', () => {
    const camel = (noun: string) => noun.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
    const expected = ofRecords.map(({ declaration, recordId, version, data }) => [
      ...[`crm.${declaration.noun}.state`, recordId, String(version)],
      declaration.type.endsWith('.withdrawn')
        ? null
        : (newestOf(declaration, data) as Record<string, unknown>)[camel(declaration.noun)],
    ]);
    const found = states().map((message) => [
      ...[header(message, 'ce_type'), message.key, header(message, 'ce_aggregateversion')],
      JSON.parse(message.value ?? 'null'),
    ]);
    const sorted = (rows: unknown[]) => rows.map((row) => JSON.stringify(row)).sort();
    expect(sorted(found)).toEqual(sorted(expected));
    expect(found.filter(([, , , state]) => state === null)).toHaveLength(4 * each);
  });

  it('finds the headers that CloudEvents asks of a message in binary mode, and the record as its subject', () => {
    expect(all().flatMap(faultsOf)).toEqual([]);
    expect(all().filter((message) => header(message, 'ce_subject') !== message.key)).toEqual([]);
    const named = all().map((message) => `${header(message, 'ce_source')} ${header(message, 'ce_id')}`);
    expect(new Set(named).size).toBe(events.length + ofRecords.length);
    expect(new Set(all().map((message) => header(message, 'content-type')))).toEqual(new Set(['application/json']));
  });

  it('finds in each value what the schema says that the message names, and what was written', () => {
    const ajv = new Ajv2020({ strict: true, allowUnionTypes: true });
    formats.default(ajv);
    const validators = new Map<string, ValidateFunction>();
    for (const { type, version } of [...allEvents(), ...allStates()]) {
      const schema = schemaOf(type, version);
      validators.set(`${type} ${version}`, ajv.compile(schema));
    }
    const errors = all().flatMap((message) => {
      const name = `${header(message, 'ce_type')} ${header(message, 'ce_eventversion')}`;
      const validate = validators.get(name);
      if (message.value === null && header(message, 'ce_type')?.endsWith('.state')) return [];
      return validate?.(JSON.parse(message.value ?? 'null')) ? [] : [{ name, errors: validate?.errors }];
    });
    expect(errors).toEqual([]);
    const written = new Map(events.map(({ recordId, data }) => [recordId, JSON.stringify(data)]));
    const onEvents = [...onTopic].flatMap(([name, messages]) => (name.endsWith('.state') ? [] : messages));
    const told = new Map(onEvents.map(({ key, value }) => [key, JSON.parse(value ?? 'null') as unknown]));
    expect(told).toEqual(new Map([...written].map(([key, text]) => [key, JSON.parse(text) as unknown])));
  });

  it('finds in ce_dataschema the name that the published schema has', () => {
    const named = all().map((message) => [
      header(message, 'ce_dataschema'),
      schemaOf(header(message, 'ce_type') ?? '', header(message, 'ce_eventversion') ?? '').$id,
    ]);
    expect(named.filter(([told, id]) => told !== id)).toEqual([]);
  });
});

describe('the check of the headers', () => {
  const good: [string, string][] = [
    ['ce_specversion', '1.0'],
    ['ce_id', '1'],
    ['ce_source', '/voronka/test'],
    ['ce_type', 'crm.lead.created'],
    ['ce_time', '2026-03-31T09:30:00.000Z'],
    ['ce_dataschema', 'urn:voronka:event:crm.lead.created:1'],
    ['content-type', 'application/json'],
  ];
  const bent = (name: string, value?: string): [string, string][] => [
    ...good.filter(([other]) => other !== name),
    ...(value === undefined ? [] : ([[name, value]] as [string, string][])),
  ];

  it('finds nothing wrong with a good message', () => {
    expect(faultsOf({ headers: good })).toEqual([]);
  });

  it.each<[string, [string, string][]]>([
    ['id is missing', bent('ce_id', '')],
    ['source is missing', bent('ce_source')],
    ['source has another form', bent('ce_source', 'no reference')],
    ['type is missing', bent('ce_type')],
    ['specversion has another form', bent('ce_specversion', '0.3')],
    ['time has another form', bent('ce_time', '31 March 2026')],
    ['dataschema has another form', bent('ce_dataschema', '/schemas/crm.lead.created/1')],
    ['content-type is missing', bent('content-type')],
    ['content-type has another form', bent('content-type', 'application/cloudevents+json')],
    ['ce_id is repeated', [...good, ['ce_id', '2']]],
    ['ce_eventVersion is no name of an attribute', [...good, ['ce_eventVersion', '1']]],
    ['traceparent is no name of an attribute', [...good, ['traceparent', '1']]],
    ['ce_datacontenttype is no header', [...good, ['ce_datacontenttype', 'application/json']]],
    ['ce_actor has control characters', [...good, ['ce_actor', 'Ирина\u0007']]],
  ])('finds that %s', (fault, headers) => {
    expect(faultsOf({ headers })).toEqual([fault]);
  });
});
