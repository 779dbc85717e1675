import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { TopicDeclaration } from '@voronka/contracts';
import { brokerViewFrom } from '@voronka/messaging';
import { newId } from '@voronka/service-kit';
import { eventually } from '@voronka/testing';
import { lag, showLag } from '../src/lag.js';
import { decidable, discardParked, listParked, replayParked, showList, showOne, showParked } from '../src/parked.js';
import { System } from '../src/system.js';
import { applyTopics, checkTopics } from '../src/topics.js';
import { memo, memos, unbearable, written, type Memos } from './memos.js';

jest.setTimeout(60_000);

const HOUR = 3_600_000;
let service: Memos;
let system: System;

beforeAll(async () => {
  service = await memos();
  await service.start();
  system = new System(service, () => service.databaseUrl);
});
afterAll(async () => {
  await system.close();
  await service.end();
});

describe('npm run ops -- parked', () => {
  let record: string;
  const parked = () => listParked(system, { record }, ['leads']);

  beforeEach(async () => {
    unbearable.clear();
    unbearable.add('the worst');
    written.length = 0;
    record = newId();
    await service.tell(record, 'the worst', 'the next', 'the last');
    await eventually(async () => (await parked()).length === 3, { within: 20_000 });
  });

  it('lists what failed and what waits behind it, by record, topic and code', async () => {
    const [first, ...behind] = await parked();
    expect(first).toMatchObject({
      service: 'leads',
      status: 'failed',
      code: 'LEAD_NOT_OPEN',
      error: 'Nobody can bear the worst.',
      record: `crm.memo.events/${record}`,
      attempts: 1,
    });
    expect(behind.map(({ status }) => status)).toEqual(['waiting', 'waiting']);
    const ids = async (filter: object) => (await listParked(system, { record, ...filter }, ['leads'])).length;
    expect(await ids({ topic: 'crm.memo.events' })).toBe(3);
    expect(await ids({ topic: 'crm.lead.events' })).toBe(0);
    expect(await ids({ code: 'LEAD_NOT_OPEN' })).toBe(1);
    expect(await ids({ limit: 2 })).toBe(2);
    expect(showList(await parked()).split('\n')[2]).toMatch(
      /^leads +\d+ {2}failed .* LEAD_NOT_OPEN +crm\.memo\.written/,
    );
  });

  it('shows all of one event, and refuses a number that is none', async () => {
    const [first] = await parked();
    const text = showOne(await showParked(system, 'leads', first!.id));
    expect(text).toMatch(/^error +Nobody can bear the worst\.$/m);
    expect(text).toMatch(/^ {2}ce_type: crm\.memo\.written$/m);
    expect(text).toContain('{"memo":{"text":"the worst"}}');
    await expect(showParked(system, 'leads', 999_999)).rejects.toThrow('There is no parked event 999999.');
  });

  it('replays in the service itself, and those behind follow in their order', async () => {
    const [first, second] = await parked();
    expect(await replayParked(system, 'leads', [second!.id])).toEqual([
      {
        service: 'leads',
        id: second!.id,
        outcome: 'refused',
        why: `Event ${second!.id} waits behind ${first!.id} of its record; settle that first.`,
      },
    ]);
    expect(await replayParked(system, 'leads', [first!.id])).toMatchObject([
      { outcome: 'failed again', why: 'Nobody can bear the worst.' },
    ]);
    unbearable.clear();
    expect(await decidable(system, 'leads', { record })).toEqual([first!.id]);
    expect(await replayParked(system, 'leads', [first!.id])).toMatchObject([{ outcome: 'replayed', why: null }]);
    await eventually(async () => (await parked()).length === 0);
    expect(written).toEqual(['the worst', 'the next', 'the last']);
  });

  it('says of a replay that nobody took up that it is pending, and the service does it when it is back', async () => {
    const [first] = await parked();
    unbearable.clear();
    await service.stop();
    expect(await replayParked(system, 'leads', [first!.id], { patience: 200 })).toMatchObject([{ outcome: 'pending' }]);
    expect(written).toEqual([]);
    await service.start();
    await eventually(() => written.length === 3, { within: 20_000 });
    expect((await listParked(system, { record, settled: true }, ['leads'])).map(({ status }) => status)).toEqual([
      'replayed',
      'replayed',
      'replayed',
    ]);
  });

  it('discards with a reason that is kept, and lets the others go on', async () => {
    const [first] = await parked();
    expect(await discardParked(system, 'leads', [first!.id], 'Written by mistake')).toEqual([
      { service: 'leads', id: first!.id, outcome: 'discarded', why: 'Written by mistake' },
    ]);
    await eventually(() => written.length === 2);
    expect(written).toEqual(['the next', 'the last']);
    expect(await showParked(system, 'leads', first!.id)).toMatchObject({
      status: 'discarded',
      reason: 'Written by mistake',
    });
    expect(await discardParked(system, 'leads', [first!.id], 'Again')).toMatchObject([
      { outcome: 'refused', why: `Event ${first!.id} was discarded already.` },
    ]);
  });
});

describe('npm run ops -- lag, of Kafka', () => {
  it('counts what a service has read, what it has not while it is away, and its outbox', async () => {
    const look = async () => {
      const found = await lag(system, ['leads']);
      return { ...found, memos: found.groups.filter(({ topic }) => topic === memo.topic) };
    };
    await eventually(async () => (await look()).memos.filter((m) => m.messages === 0 && m.reading).length === 4);
    const quiet = await look();
    expect(quiet.memos.map(({ group, partition }) => [group, partition])).toEqual([
      ['leads', 0],
      ['leads', 1],
      ['leads.state', 0],
      ['leads.state', 1],
    ]);
    expect(quiet.outboxes).toEqual([{ service: 'leads', events: 0, oldestSeconds: null }]);
    expect(showLag(quiet, false)).toMatch(/^leads +crm\.memo\.events +all +0 +– +yes$/m);
    expect(showLag(quiet, false)).toMatch(/^leads\.state +crm\.memo\.events +all +0 +– +yes$/m);

    await service.stop();
    await service.tell(newId(), 'one', 'two', 'three');
    const waiting = (await look()).memos.filter(({ messages }) => messages > 0);
    expect(waiting).toMatchObject([
      { group: 'leads', messages: 3, reading: false },
      { group: 'leads.state', messages: 3, reading: false },
    ]);
    expect(waiting[0]?.seconds).toBeLessThan(60);
    await service.start();
  });
});

describe('npm run ops -- topics', () => {
  let round = 0;
  const topic = (name: string, more: Partial<TopicDeclaration> = {}): TopicDeclaration => ({
    name: `${name}-${round}`,
    description: 'A topic of these tests.',
    partitions: 2,
    cleanup: 'delete',
    retention: -1,
    ...more,
  });
  const found = async (topics: TopicDeclaration[]) => (await checkTopics(system, topics)).map(({ finding }) => finding);
  beforeEach(() => {
    round += 1;
  });

  it('finds what is missing, and makes it as declared', async () => {
    const declared = [topic('a'), topic('b', { cleanup: 'compact' })];
    expect(await found(declared)).toEqual(['missing', 'missing']);
    await applyTopics(system, declared);
    expect(await found(declared)).toEqual(['as declared', 'as declared']);
    expect(await applyTopics(system, declared)).toMatchObject([{ finding: 'as declared' }, { finding: 'as declared' }]);
  });

  it('takes a topic that was raised for one that is as declared, and says so', async () => {
    await applyTopics(system, [topic('a', { partitions: 4 })]);
    expect(await found([topic('a', { partitions: 2 })])).toEqual(['raised']);
    expect(await applyTopics(system, [topic('a')])).toMatchObject([{ finding: 'raised', why: null }]);
    expect(await found([topic('a', { partitions: 4 })])).toEqual(['as declared']);
  });

  it('keeps longer what was made to be forgotten', async () => {
    await applyTopics(system, [topic('a', { retention: HOUR })]);
    expect(await found([topic('a')])).toEqual(['keeps less']);
    await applyTopics(system, [topic('a')]);
    expect(await found([topic('a')])).toEqual(['as declared']);
  });

  it('refuses what would lose events or their order, and then changes nothing at all', async () => {
    await applyTopics(system, [topic('a')]);
    const answer = (difference: Partial<TopicDeclaration>) =>
      applyTopics(system, [topic('new'), topic('a', difference)]).catch((error: Error) => error.message);
    expect(await answer({ partitions: 4 })).toMatch(
      /their later events could overtake earlier ones\. Raise it in order with npm run ops -- topics raise a-\d+ --partitions 4\.\n/,
    );
    expect(await answer({ partitions: 4, cleanup: 'compact' })).toMatch(/it is compacted, .* Declare 2\.\n/);
    expect(await answer({ retention: HOUR })).toMatch(/keeps its messages for ever and 1 hours is declared/);
    expect(await answer({ cleanup: 'compact' })).toMatch(/its older events would be deleted/);
    const view = brokerViewFrom(service.brokerUrl, { clientId: 'test', topicPrefix: service.topicPrefix });
    const there = await view.topics([topic('a').name, topic('new').name]);
    await view.close();
    expect(there).toEqual([{ name: topic('a').name, partitions: 2, cleanup: 'delete', retention: -1 }]);
  });
});
