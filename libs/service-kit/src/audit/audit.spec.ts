import { beforeEach, describe, expect, it } from '@jest/globals';
import type { AuditEntry, Reading } from '@voronka/contracts';
import { Database, decode, type OutgoingMessage } from '@voronka/messaging';
import { pino } from 'pino';
import { Clock } from '../clock.js';
import { Audit } from './audit.js';

const by = { id: '0190a8f2-7c1e-7d44-9b60-000000000001', sessionId: '0190a8f2-7c1e-7d44-9b60-000000000002' };
/** The broker's side of it, which can be away. */
let sent: OutgoingMessage[];
let away: boolean;
let readings: Reading[] = [];
let audit: Audit;

const publisher = {
  send: (messages: readonly OutgoingMessage[]) => {
    if (away) return Promise.reject(new Error('away'));
    sent.push(...messages);
    return Promise.resolve();
  },
  close: () => Promise.resolve(),
};
const received = () => {
  const events = sent.map((message) =>
    decode({ ...message, partition: 0, offset: 0, value: Buffer.from(message.value!) }),
  );
  return events.map((event) => ({
    ...event,
    entries: (event.data as { audit: { entries: AuditEntry[] } }).audit.entries,
  }));
};
const read = (n: number) => audit.note(by, { action: 'LISTED', rows: n });

beforeEach(() => {
  [sent, away] = [[], false];
  audit = new Audit({
    service: 'leads',
    database: new Database({ url: 'postgres://127.0.0.1/none' }),
    clock: new Clock(),
    logger: pino({ level: 'silent' }),
    published: () => {},
    budgets: { take: () => readings.splice(0) },
    kept: 1_000,
  });
  audit.start(publisher);
});

describe('the audit of a process', () => {
  it('tells who did what, when and in which session, many in a message', async () => {
    for (let n = 0; n < 450; n++) read(n);
    await audit.flush();
    expect(received().map(({ entries }) => entries.length)).toEqual([200, 200, 50]);
    expect(received().flatMap(({ entries }) => entries.map(({ rows }) => rows))).toEqual([...Array(450).keys()]);
    expect(received()[0]!.entries[0]).toMatchObject({ personId: by.id, sessionId: by.sessionId, action: 'LISTED' });
    await audit.stop();
  });

  it('numbers its messages without a gap', async () => {
    for (let n = 0; n < 3; n++) {
      read(n);
      await audit.flush();
    }
    expect(received().map(({ aggregateVersion }) => aggregateVersion)).toEqual([1, 2, 3]);
    expect(new Set(received().map(({ subject }) => subject)).size).toBe(1);
    await audit.stop();
  });

  it('keeps what the broker did not take, under the same id and number', async () => {
    away = true;
    read(1);
    await audit.flush();
    read(2);
    await audit.flush();
    expect(sent).toEqual([]);
    away = false;
    await audit.flush();
    expect(received().map(({ aggregateVersion, entries }) => [aggregateVersion, entries.length])).toEqual([
      [1, 1],
      [2, 1],
    ]);
    await audit.stop();
  });

  it('gives the oldest up while the broker is away for long, tells how many, and keeps no more than it may', async () => {
    away = true;
    for (let n = 0; n < 5_000; n++) read(n);
    expect(audit.lostInAll).toBe(4_000);
    away = false;
    await audit.flush();
    const entries = received().flatMap((message) => message.entries);
    expect(entries[0]).toMatchObject({ action: 'ENTRIES_LOST', rows: 4_000 });
    expect(entries.slice(1).map(({ rows }) => rows)).toEqual([...Array(1_000).keys()].map((n) => n + 4_000));
    await audit.stop();
  });

  it('tells how much was shown to whom, also where that is all there is', async () => {
    readings = [{ personId: by.id, hour: '2026-03-02T09:00:00.000Z', rows: 7 }];
    await audit.flush();
    expect(received().map(({ data }) => data)).toMatchObject([{ audit: { entries: [], readings: [{ rows: 7 }] } }]);
    await audit.stop();
  });

  it('tells what is left when the process stops', async () => {
    read(1);
    await audit.stop();
    expect(received()).toHaveLength(1);
  });

  it('shortens what somebody asked for at length', async () => {
    audit.note(by, { action: 'SEARCHED', detail: 'x'.repeat(10_000) });
    await audit.stop();
    expect(received()[0]!.entries[0]!.detail).toHaveLength(2_000);
  });
});
