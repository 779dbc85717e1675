import { describe, expect, it } from '@jest/globals';
import { headersOf } from '@voronka/messaging';
import { deal } from './deals.js';
import { lead, leadRows } from './leads.js';
import { events, grouped } from './lives.js';
import { messageOf } from './messages.js';

describe('made-up events', () => {
  const made = [...events(2000, 1, [lead, deal])];

  it('fit their closed schemas', () => {
    const wrong = made.filter(({ declaration, data }) => !declaration.schema.safeParse(data).success);
    expect(wrong).toEqual([]);
  });

  it('tell each record from its first version on, without a gap', () => {
    const versions = new Map<string, number>();
    for (const { recordId, version } of made) {
      expect(version).toBe((versions.get(recordId) ?? 0) + 1);
      versions.set(recordId, version);
    }
    expect(versions.size).toBeGreaterThan(300);
  });

  it('are as large as real ones, and carry every header', () => {
    const messages = made.map((event) => messageOf(event, 'leads'));
    const bytes = messages.map(({ value, headers }) => (value + JSON.stringify(headers)).length);
    expect(Math.min(...bytes)).toBeGreaterThan(600);
    expect(bytes.reduce((sum, n) => sum + n) / bytes.length).toBeLessThan(1800);
    const [event] = made;
    const context = { correlationId: 'c', causationId: 'd', traceparent: 't', actor: 'a' };
    expect(Object.keys(messages[0]!.headers)).toEqual(Object.keys(headersOf('id', event!, 'leads', context)));
  });

  it('are the same for the same seed, and others for another', () => {
    const ids = (seed: number) => [...events(50, seed, [lead])].map(({ recordId }) => recordId);
    expect(ids(5)).toEqual(ids(5));
    expect(ids(5)).not.toEqual(ids(6));
  });

  it('of leads end in rows that say how far each came', () => {
    const rows = [...leadRows(events(3000, 2, [lead])).values()];
    const converted = rows.filter(({ status }) => status === 'CONVERTED');
    expect(converted.length).toBeGreaterThan(50);
    expect(converted.every(({ furthest, convertedAt }) => furthest === 2 && convertedAt !== null)).toBe(true);
    expect(rows.every(({ status, convertedAt }) => (status === 'CONVERTED') === (convertedAt !== null))).toBe(true);
  });

  it('are taken in groups, the last one as large as what is left', () => {
    expect([...grouped([1, 2, 3, 4, 5], 2)]).toEqual([[1, 2], [3, 4], [5]]);
  });
});
