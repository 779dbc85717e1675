import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { allTopics, eventOf, newestOf, noun, type EventDeclaration } from '@voronka/contracts';
import fc from 'fast-check';
import { z } from 'zod';
import { arbitraryOf, type Schema } from '../libs/contracts/test/arbitrary.js';
import { allMessages, asyncapiOf, schemaOf } from './contracts.mjs';
import { writeInto } from './generated.mjs';
import { breaksOf, declaredContracts, filesOf, readContracts } from './released.mjs';

const released = readContracts(join(import.meta.dirname, '../libs/contracts/released'));
const present = declaredContracts();
const names = Object.keys(released.events);
const declarationOf = (name: string): EventDeclaration =>
  allMessages().find(({ type, version }) => `${type} v${version}` === name) as EventDeclaration;
/** As the bus reads: closed at the top when published, open when read. */
const read = (declaration: EventDeclaration, data: unknown) =>
  (declaration.schema as unknown as z.ZodObject).strip().safeParse(data);
const samples = (schema: object, numRuns: number) =>
  fc.sample(arbitraryOf(schema as Schema), { numRuns, seed: 7 }) as Record<string, unknown>[];

/** The same with something no reader has heard of in every object. */
function withSurprises(data: unknown): unknown {
  if (Array.isArray(data)) return data.map(withSurprises);
  if (typeof data !== 'object' || data === null) return data;
  const known = Object.entries(data).map(([name, value]) => [name, name === 'changes' ? value : withSurprises(value)]);
  return { ...Object.fromEntries(known), surprise: { n: 1 } };
}

const folder = mkdtempSync(join(tmpdir(), 'voronka-released-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('the released contracts', () => {
  it('are kept by the present ones', () => {
    expect(names.length).toBeGreaterThanOrEqual(71);
    expect(breaksOf(released, present)).toEqual([]);
  });

  it('are read back as they were written, and refused with a stray file', () => {
    writeInto(folder, filesOf(present));
    expect(readContracts(folder)).toEqual(present);
    writeFileSync(join(folder, 'schemas/crm.lead.sold.v1.schema.json'), '{}');
    expect(() => readContracts(folder)).toThrow('names no event of crm.lead.sold.v1.schema.json');
    expect(() => readContracts(join(folder, 'schemas'))).toThrow('holds no released contracts');
  });

  it.each(names)('replay: %s as it was released is read today, and as its newest version', (name) => {
    const declaration = declarationOf(name);
    // The states of another version are not upcast: they are made anew from the events.
    const newest = eventOf(declaration.type) ?? declaration;
    const refused = samples(released.events[name]!.schema, 15).flatMap((event) => {
      const was = read(declaration, event);
      return was.success ? (read(newest, newestOf(declaration, was.data)).error ?? []) : was.error;
    });
    expect(refused).toEqual([]);
  });
});

describe('a reader', () => {
  it.each(allMessages())('of $type v$version ignores what it does not know, wherever it stands', (event) => {
    const events = samples(schemaOf(event), 5);
    expect(events.map((data) => read(event, withSurprises(data)).data)).toEqual(
      events.map((data) => read(event, data).data),
    );
  });
});

describe('a release that was not kept', () => {
  const bent = (bend: (contracts: typeof present) => void) => {
    const contracts = structuredClone(present);
    bend(contracts);
    return breaksOf(present, contracts).map(({ of, rule, path }) => `${of}: ${rule} at ${path}`);
  };
  const topic = 'crm.lead.events';

  it.each<[string, string, (contracts: typeof present) => void]>([
    ['a topic that is gone', 'topic-removed', ({ topics }) => delete topics[topic]],
    ['fewer partitions', 'partitions-lowered', ({ topics }) => (topics[topic]!.partitions -= 1)],
    ['another clean-up', 'cleanup-changed', ({ topics }) => (topics[topic]!.cleanup = 'compact')],
    ['an end to what was for ever', 'retention-lowered', ({ topics }) => (topics[topic]!.retention = 86_400_000)],
  ])('is told by %s', (_, rule, bend) => {
    expect(bent(bend)).toEqual([`${topic}: ${rule} at .`]);
  });

  it('is told by an event that is gone or on another topic, and by what changed in it, with the path', () => {
    const name = 'crm.lead.created v1';
    expect(bent(({ events }) => delete events[name])).toEqual([`${name}: event-removed at .`]);
    expect(bent(({ events }) => (events[name]!.topic = 'crm.deal.events'))).toEqual([`${name}: topic-changed at .`]);
    const lead = (contracts: typeof present) =>
      (contracts.events[name]!.schema as unknown as Schema).properties!.lead!.properties!;
    expect(bent((contracts) => lead(contracts).status!.enum!.push('NURTURING'))).toEqual([
      `${name}: enum-value-added at lead.status`,
    ]);
    expect(bent((contracts) => (lead(contracts).phones!.maxItems = 5))).toEqual([
      `${name}: constraint-tightened at lead.phones`,
    ]);
  });

  it('is told by a version that is gone while another is there', () => {
    const name = 'crm.lead.created v1';
    expect(bent(({ events }) => ((events['crm.lead.created v2'] = events[name]!), delete events[name]))).toEqual([
      `${name}: version-removed at .`,
    ]);
  });

  it('is told by a state that is gone, or changed', () => {
    const name = 'crm.deal.state v1';
    expect(bent(({ events }) => delete events[name])).toEqual([`${name}: event-removed at .`]);
    const deal = (contracts: typeof present) => contracts.events[name]!.schema as unknown as Schema;
    expect(bent((contracts) => (deal(contracts).properties!.title!.maxLength = 50))).toEqual([
      `${name}: constraint-tightened at title`,
    ]);
    expect(bent(({ topics }) => (topics['crm.deal.state']!.cleanup = 'delete'))).toEqual([
      'crm.deal.state: cleanup-changed at .',
    ]);
  });

  it('is kept by more topics, more partitions, more events, more versions', () => {
    expect(
      bent(({ topics, events }) => {
        topics['crm.song.events'] = { ...topics[topic]! };
        topics[topic]!.partitions = 12;
        events['crm.lead.created v2'] = { ...events['crm.lead.updated v1']! };
        events['crm.song.sung v1'] = { ...events['crm.lead.updated v1']!, topic: 'crm.song.events' };
      }),
    ).toEqual([]);
  });
});

describe('an event of two versions', () => {
  it('is published with both: two schemas, two messages on one channel', () => {
    const before = allTopics().length;
    const song = noun('song', 'Songs of this test.', z.object({ id: z.string() }));
    const sung = song.event('sung', 'A song was sung.', { singer: z.string() });
    const again = song.nextVersion(sung, { facts: { singers: z.array(z.string()) } }, ({ song, singer }) => ({
      song,
      singers: [singer],
    }));
    const document = asyncapiOf(allTopics().slice(before), [sung, again]);
    expect(document.channels.songEvents.messages).toEqual({
      songSung: { $ref: '#/components/messages/songSung' },
      songSungV2: { $ref: '#/components/messages/songSungV2' },
    });
    const payload = (id: string) => document.components.messages[id].payload.schema.$ref;
    expect([payload('songSung'), payload('songSungV2')]).toEqual([
      './schemas/crm.song.sung.v1.schema.json',
      './schemas/crm.song.sung.v2.schema.json',
    ]);
  });
});
