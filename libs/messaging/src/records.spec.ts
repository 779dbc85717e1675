import { describe, expect, it } from '@jest/globals';
import type { IncomingMessage } from './broker.js';
import { recordOf, versionOf } from './records.js';

const id = '0190a8f2-0000-7000-8000-0000000000c1';
const attributes = {
  ce_id: id,
  ce_type: 'crm.note.amended',
  ce_subject: 'n-1',
  ce_specversion: '1.0',
  ce_aggregateversion: '7',
};
const message = (headers: object = {}, key: string | null = 'n-1'): IncomingMessage => ({
  ...{ topic: 'crm.note.events', partition: 2, offset: 9, key, value: null },
  headers: { ...attributes, ...headers },
});

describe('the place of a message in its record', () => {
  it('is the version its attributes claim', () => {
    expect(versionOf(message())).toBe(7);
  });

  it.each<[string, IncomingMessage]>([
    ['no version', message({ ce_aggregateversion: undefined })],
    ['two versions', message({ ce_aggregateversion: ['7', '8'] })],
    ['version nought', message({ ce_aggregateversion: '0' })],
    ['a version beyond all counting', message({ ce_aggregateversion: '9'.repeat(16) })],
    ['no proper id', message({ ce_id: 'seven' })],
    ['no type', message({ ce_type: undefined })],
    ['another specification', message({ ce_specversion: '0.3' })],
    ['a key that is not its subject', message({}, 'n-2')],
    ['no key', message({}, null)],
  ])('is nowhere with %s, so it can make no other event late', (_, bad) => {
    expect(versionOf(bad)).toBeUndefined();
  });

  it('is told by topic and key, and by a digest where the key is long', () => {
    expect(recordOf(message())).toBe('crm.note.events/n-1');
    expect(recordOf(message({}, null))).toBe('crm.note.events@2/9');
    const [long, longer] = [recordOf(message({}, 'k'.repeat(9000))), recordOf(message({}, 'k'.repeat(9001)))];
    expect(long).toMatch(/^crm\.note\.events#[0-9a-f]{64}$/);
    expect(longer).not.toBe(long);
  });
});
