import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Module } from '@nestjs/common';
import { noun, type ReceivedOf } from '@voronka/contracts';
import { eventually, serviceUnderTest, type ServiceUnderTest } from '@voronka/testing';
import { z } from 'zod';
import { newId, On, SettingError } from '../src/index.js';
import { Health } from '../src/service/health.js';
import { ServiceMetrics } from '../src/service/metrics.js';
import { notes } from './note.js';

const memo = noun('memo', 'Memos of these tests.', z.object({ legible: z.boolean() }));
const MemoWritten = memo.event('written', 'A memo was written.');

/** What the reader waits for before it reads. */
let held: Promise<void> = Promise.resolve();

@Controller()
class Reader {
  @On(MemoWritten)
  async written(event: ReceivedOf<typeof MemoWritten>): Promise<void> {
    await held;
    if (!event.data.memo.legible) throw new RangeError('This memo cannot be read.');
    return Promise.resolve();
  }
}
@Module({ controllers: [Reader] })
class MemoModule {}

describe('the metrics of a service', () => {
  let system: ServiceUnderTest;
  const scrape = async () => (await fetch(system.service.metricsUrl ?? '')).text();
  const figure = async (name: string, ...labels: string[]) => {
    const lines = (await scrape()).split('\n').filter((line) => line.startsWith(`${name}{`));
    const line = lines.find((one) => [...labels, 'service="leads"'].every((label) => one.includes(label)));
    return Number(line?.split(' ')[1]);
  };

  beforeAll(async () => {
    system = await serviceUnderTest({ ...notes, modules: [...notes.modules, MemoModule] }, { METRICS_PORT: '0' });
  });
  afterAll(() => system.stop());

  it('count what was published, and show an empty outbox and who carries it', async () => {
    const anna = await system.person({ role: 'ADMINISTRATOR' });
    await anna.get('mutation { createNote(title: "counted") { id } }');
    await eventually(async () => (await figure('voronka_published_events_total', 'topic="crm.note.events"')) === 1);
    await eventually(async () => (await figure('voronka_outbox_events')) === 0);
    expect(await figure('voronka_outbox_oldest_seconds')).toBe(0);
    expect(await figure('voronka_relay_leading')).toBe(1);
  });

  it('count requests by the first field they ask for, and errors by their code', async () => {
    const anna = await system.person();
    const before = await figure('voronka_request_seconds_count', 'operation="hello"');
    await anna.get('query Anything { again: hello }');
    await anna.ask('mutation { renameNote(id: "01930000-0000-7000-8000-000000000001", title: "gone") { id } }');
    expect((await figure('voronka_request_seconds_count', 'operation="hello"')) - (before || 0)).toBe(1);
    expect(await figure('voronka_request_seconds_count', 'operation="renameNote"')).toBe(1);
    expect(await figure('voronka_errors_total', 'code="NOT_FOUND"')).toBe(1);
    expect(await figure('voronka_failed_requests_total')).toBeNaN();
  });

  it('show how the pool and the event loop are used', async () => {
    expect(await figure('voronka_database_connections', 'state="idle"')).toBeGreaterThan(0);
    expect(await figure('voronka_database_waiting')).toBe(0);
    expect(await figure('voronka_clock_ahead_seconds')).toBe(0);
    const text = await scrape();
    expect(
      ['nodejs_eventloop_lag_seconds', 'nodejs_gc_duration_seconds'].filter((name) => !text.includes(name)),
    ).toEqual([]);
  });

  it('are answered beside the health, and nothing else is', async () => {
    const status = async (path: string, method = 'GET') =>
      (await fetch(new URL(path, system.service.metricsUrl ?? ''), { method })).status;
    expect(await Promise.all(['/health/live', '/health/started', '/health/ready'].map((path) => status(path)))).toEqual(
      [200, 200, 200],
    );
    expect(await Promise.all([status('/graphql'), status('/health/x'), status('/metrics', 'POST')])).toEqual([
      404, 404, 404,
    ]);
    expect((await fetch(system.service.url.replace('/graphql', '/metrics'))).status).toBe(404);
  });

  it('are answered beside the health, which says why it is not ready: here the database was made anew', async () => {
    const { database } = system.service;
    const { rows } = await database.query<{ id: string }>({ text: 'select id from database_id' });
    await database.query({ text: 'update database_id set id = gen_random_uuid()' });
    const other = await system.another();
    try {
      const ready = async () => {
        const response = await fetch(new URL('/health/ready', other.metricsUrl ?? ''));
        return { status: response.status, body: await response.text() };
      };
      const { status } = await eventually(async () => {
        const told = await ready();
        return told.body.includes('TOPIC_PREFIX') && told;
      });
      expect(status).toBe(503);
      await database.query({ text: 'update database_id set id = $1', values: [rows[0]!.id] });
      await eventually(async () => (await ready()).status === 200, { within: 10_000 });
    } finally {
      await other.stop();
    }
  });

  it('count what was consumed, time its handlers by type, and show what is parked', async () => {
    await system.deliver(MemoWritten, newId(), { memo: { legible: true } });
    await system.deliver(MemoWritten, newId(), { memo: { legible: false } });
    await eventually(async () => (await figure('voronka_parked_events', 'status="retrying"')) === 1, {
      within: 15_000,
    });
    await eventually(async () => (await figure('voronka_consumed_events_total', 'topic="crm.memo.events"')) === 2);
    const handled = (outcome: string) =>
      figure('voronka_handler_seconds_count', 'type="crm.memo.written"', `outcome="${outcome}"`);
    expect(await handled('done')).toBeGreaterThanOrEqual(1);
    expect(await handled('failed')).toBeGreaterThanOrEqual(1);
  });

  it('count dead letters by the topic that their events came from', async () => {
    await system.service.database.query({
      text: `update parked_event set attempts = 19, next_attempt_at = now() where status = 'retrying'`,
    });
    const letters = () => figure('voronka_dead_letters_total', 'topic="crm.memo.events"');
    await eventually(async () => (await letters()) === 1, { within: 15_000 });
    expect(await figure('voronka_parked_events', 'status="failed"')).toBe(1);
  });

  it('show what waits, growing older while a batch is stuck, and nothing when it was taken', async () => {
    const lag = async () => [
      await figure('voronka_lag_messages', 'topic="crm.memo.events"'),
      await figure('voronka_lag_seconds', 'topic="crm.memo.events"'),
    ];
    await eventually(async () => (await lag()).every((value) => value === 0));
    let letGo = () => {};
    held = new Promise((resolve) => (letGo = resolve));
    await system.deliver(MemoWritten, newId(), { memo: { legible: true } });
    const [messages, seconds = 0] = await eventually(async () => {
      const now = await lag();
      return now[0] === 1 && now;
    });
    expect(messages).toBe(1);
    await eventually(async () => ((await lag())[1] ?? 0) > seconds);
    letGo();
    await eventually(async () => (await lag()).every((value) => value === 0));
  });

  it('name the setting where their port is taken', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as AddressInfo;
    const listening = new ServiceMetrics('leads').listen(
      '127.0.0.1',
      port,
      new Health(() => Promise.resolve({ waitingFor: [] })),
    );
    await expect(listening).rejects.toThrow(
      new SettingError(`METRICS_PORT is ${port}, where nobody can listen (EADDRINUSE): set it to a free port.`),
    );
    taken.close();
  });
});
