import { describe, expect, it } from '@jest/globals';
import { LeadReturned, noun } from '@voronka/contracts';
import { z } from 'zod';
import { decode, eventIdOf, headersOf, typeOf, type RecordedEvent } from './envelope.js';

const note = noun('note', 'Notes of this test.', z.object({ id: z.string() }));
const WrittenBefore = note.event('written', 'A note was written.', { author: z.string() });
const Written = note.nextVersion(WrittenBefore, { facts: { by: z.string().optional() } }, ({ note, author }) => ({
  note,
  by: author,
}));

const id = '0190a8f2-0000-7000-8000-000000000001';
const event: RecordedEvent = {
  declaration: Written,
  recordId: 'r-1',
  version: 7,
  data: { note: { id: 'r-1' } },
  occurredAt: new Date('2026-03-01T10:00:00Z'),
  recordedAt: new Date('2026-03-02T10:00:00Z'),
  actor: 'u-1',
};
const headers = headersOf(id, event, 'leads', {
  correlationId: 'c-1',
  causationId: null,
  traceparent: null,
  actor: 'x',
});
const message = (bent: Partial<Parameters<typeof decode>[0]> = {}) => ({
  topic: note.topic,
  partition: 0,
  offset: 0,
  key: 'r-1',
  headers,
  value: Buffer.from(JSON.stringify(event.data)),
  ...bent,
});
const without = (name: string) => Object.fromEntries(Object.entries(headers).filter(([key]) => key !== name));

describe('the envelope', () => {
  it('writes lower-case attributes and leaves out what there is not', () => {
    expect(Object.keys(headers).filter((name) => name !== name.toLowerCase())).toEqual([]);
    expect(Object.keys(headers)).not.toContain('ce_causationid');
    expect(headers).toMatchObject({
      ce_source: '/voronka/leads',
      ce_dataschema: 'urn:voronka:event:crm.note.written:2',
    });
  });

  it('reads back what it wrote', () => {
    expect(decode(message())).toEqual({
      id,
      type: 'crm.note.written',
      version: 2,
      topic: 'crm.note.events',
      subject: 'r-1',
      aggregateVersion: 7,
      actor: 'u-1',
      correlationId: 'c-1',
      causationId: null,
      traceparent: null,
      occurredAt: event.occurredAt,
      recordedAt: event.recordedAt,
      data: { note: { id: 'r-1' } },
    });
  });

  it('reads tolerantly: what the schema does not know is dropped, wherever it stands', () => {
    const value = Buffer.from('{"note":{"id":"r-1","mood":"new"},"by":"Ирина","weather":"fair"}');
    expect(decode(message({ value })).data).toEqual({ note: { id: 'r-1' }, by: 'Ирина' });
  });

  it('reads a message of the former version as the newest one', () => {
    const former = { ...headers, ce_eventversion: '1', ce_dataschema: 'urn:voronka:event:crm.note.written:1' };
    const value = Buffer.from('{"note":{"id":"r-1"},"author":"Ирина","weather":"fair"}');
    const { version, data } = decode(message({ headers: former, value }));
    expect([version, data]).toEqual([2, { note: { id: 'r-1' }, by: 'Ирина' }]);
  });

  it('judges a message by the schema of the version it was written in', () => {
    const refusal = expect.objectContaining({ code: 'DATA_INVALID' });
    expect(() => decode(message({ headers: { ...headers, ce_eventversion: '1' } }))).toThrow(refusal);
    expect(() => decode(message({ headers: { ...headers, ce_eventversion: '3' } }))).toThrow('up to version 2');
  });

  it.each([
    'ce_id',
    'ce_type',
    'ce_specversion',
    'ce_subject',
    'ce_time',
    'ce_actor',
    'ce_correlationid',
    'ce_aggregateversion',
  ])('refuses a message without %s, or with two of it', (name) => {
    const refusal = expect.objectContaining({ code: 'ENVELOPE_INVALID' });
    expect(() => decode(message({ headers: without(name) }))).toThrow(refusal);
    expect(() => decode(message({ headers: { ...headers, [name]: ['a', 'b'] } }))).toThrow(refusal);
  });

  it('refuses a value that is not the event: null, no JSON, another schema, an undeclared type', () => {
    const refusal = expect.objectContaining({ code: 'DATA_INVALID' });
    expect(() => decode(message({ value: null }))).toThrow(refusal);
    expect(() => decode(message({ value: Buffer.from('{') }))).toThrow(refusal);
    expect(() => decode(message({ value: Buffer.from('{"note":{"id":5}}') }))).toThrow(refusal);
    expect(() =>
      decode(message({ headers: { ...headers, ce_type: LeadReturned.type, ce_eventversion: '1' } })),
    ).toThrow(refusal);
    expect(() => decode(message({ headers: { ...headers, ce_type: 'crm.unheard.of' } }))).toThrow('not declared');
  });

  it('finds type and id only where they stand once and are proper', () => {
    expect([typeOf(message()), eventIdOf(message())]).toEqual(['crm.note.written', id]);
    const odd = { headers: { ce_type: ['a', 'b'], ce_id: 'no uuid' } };
    expect([typeOf(odd), eventIdOf(odd)]).toEqual([undefined, undefined]);
    expect(typeOf({ headers: Object.create({ ce_type: 'inherited' }) as Record<string, string> })).toBeUndefined();
  });
});
