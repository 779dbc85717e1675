import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { newId } from '@voronka/service-kit';
import { eventually } from '@voronka/testing';
import { listLetters, showLetter, type LetterAt } from '../src/dlq.js';
import { replayLetters } from '../src/dlq-replay.js';
import { discardParked, listParked, showParked } from '../src/parked.js';
import { System } from '../src/system.js';
import { memo, memos, unbearable, written, type Memos } from './memos.js';

jest.setTimeout(60_000);

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

describe('npm run ops -- dlq', () => {
  let record: string;
  let letter: LetterAt;
  const letters = async () => (await listLetters(system, { service: 'leads' })).filter(({ key }) => key === record);
  const only = () => eventually(async () => (await letters())[0], { within: 20_000, every: 100 });
  const replay = (patience?: number) => replayLetters(system, 'leads', { places: [letter] }, patience);
  const sql = (text: string, ...values: unknown[]) => system.database('leads').query({ text, values });
  /** As where the database was restored from a backup that is older than the event. */
  const forget = async () => {
    await sql('delete from parked_event where record = $1', letter.origin!.topic + '/' + record);
    await sql('delete from record_progress where record = $1', letter.origin!.topic + '/' + record);
    await sql('delete from inbox where event_id = $1', letter.eventId);
  };

  beforeEach(() => {
    unbearable.clear();
    unbearable.add('the worst');
    written.length = 0;
    record = newId();
  });

  describe('of an event that a rule refuses', () => {
    beforeEach(async () => {
      await service.tell(record, 'the worst');
      letter = await only();
    });

    it('lists its letter, with where it came from and that it is parked still', async () => {
      const [parked] = await listParked(system, { record }, ['leads']);
      expect(letter).toMatchObject({
        ...{ service: 'leads', topic: memo.topic, key: record, type: 'crm.memo.written', attempts: 1 },
        ...{ code: 'LEAD_NOT_OPEN', error: 'Nobody can bear the worst.', parked: 'open', parkedId: parked!.id },
        origin: { topic: memo.topic, partition: parked!.partition, offset: parked!.offset },
        eventId: parked!.eventId,
      });
      expect(await showLetter(system, 'leads', memo.topic, letter)).toMatchObject({
        value: '{"memo":{"text":"the worst"}}',
        headers: { ce_id: letter.eventId },
      });
      expect(await listLetters(system, { topic: memo.topic, limit: 1 })).toHaveLength(1);
      expect(await listLetters(system, { topic: 'crm.lead.events' })).toEqual([]);
      expect(await listLetters(system, { service: 'deals' })).toEqual([]);
    });

    it('has it tried again, which makes no second letter where it fails, and does nothing more once it is done', async () => {
      expect(await replay()).toMatchObject([{ outcome: 'failed again', why: 'Nobody can bear the worst.' }]);
      expect(await replay()).toMatchObject([{ outcome: 'failed again', putBack: false }]);
      expect(await letters()).toHaveLength(1);
      unbearable.clear();
      expect(await replay()).toEqual([
        {
          ...{ service: 'leads', topic: memo.topic, letter: `0/${letter.offset}`, eventId: letter.eventId },
          ...{ parkedId: letter.parkedId, putBack: false, outcome: 'replayed', why: null },
        },
      ]);
      expect(await replay()).toMatchObject([
        { outcome: 'replayed', why: expect.stringMatching(/^It was replayed before/) },
      ]);
      expect(written).toEqual(['the worst']);
      expect((await letters()).map(({ parked }) => parked)).toEqual(['replayed']);
    });

    it('says of one that was given up that it was, and why', async () => {
      await discardParked(system, 'leads', [letter.parkedId!], 'Written by mistake');
      expect(await replay()).toMatchObject([
        { outcome: 'discarded', why: expect.stringMatching(/: Written by mistake$/) },
      ]);
      expect((await letters()).map(({ parked }) => parked)).toEqual(['discarded']);
      expect(written).toEqual([]);
    });

    it('gives it back to a database that has forgotten it, under the same event id, once', async () => {
      await forget();
      expect((await letters()).map(({ parked }) => parked)).toEqual(['forgotten']);
      expect(await replay()).toMatchObject([{ putBack: true, outcome: 'failed again', eventId: letter.eventId }]);
      unbearable.clear();
      expect(await replay()).toMatchObject([{ putBack: false, outcome: 'replayed' }]);
      await forget();
      expect(await replay()).toMatchObject([{ putBack: true, outcome: 'replayed' }]);
      expect((await sql('select from inbox where event_id = $1', letter.eventId)).rowCount).toBe(1);
      await sql('delete from parked_event where event_id = $1', letter.eventId);
      expect(await replay()).toMatchObject([{ outcome: 'discarded', why: expect.stringMatching(/had been handled/) }]);
      expect(written).toEqual(['the worst', 'the worst']);
    });

    it('says that it is pending where nobody runs, and the service does it when it is back', async () => {
      await forget();
      unbearable.clear();
      await service.stop();
      expect(await replay(100)).toMatchObject([{ putBack: true, outcome: 'pending' }]);
      await service.start();
      await eventually(() => written.length === 1, { within: 20_000 });
    });
  });

  it('replays all of a topic, record by record in their order', async () => {
    const before = (await listLetters(system, { service: 'leads' })).length;
    await service.tell(record, 'the worst');
    const [first] = await eventually(
      async () => {
        const parked = await listParked(system, { record }, ['leads']);
        return parked.length === 1 && parked;
      },
      { within: 20_000 },
    );
    // As where the first was given up, and the second failed as well.
    await sql(
      `update parked_event set status = 'discarded', settled_at = now(), reason = 'x' where id = $1`,
      first!.id,
    );
    unbearable.add('the next');
    await service.put({
      ...{ key: record, value: JSON.stringify({ memo: { text: 'the next' } }) },
      headers: { ...(first!.headers as Record<string, string>), ce_id: newId(), ce_aggregateversion: '2' },
    });
    await eventually(async () => (await letters()).length === 2, { within: 20_000, every: 100 });
    await sql('delete from parked_event where record = $1', `${memo.topic}/${record}`);
    await sql('delete from record_progress where record = $1', `${memo.topic}/${record}`);
    unbearable.clear();
    const outcomes = await replayLetters(system, 'leads', { topic: memo.topic });
    expect(outcomes).toHaveLength(before + 2);
    expect(outcomes.slice(before)).toMatchObject([
      { putBack: true, outcome: 'replayed' },
      { putBack: true, outcome: 'replayed' },
    ]);
    expect(written.slice(-2)).toEqual(['the worst', 'the next']);
  });

  it('gives back bytes as they were, and a value that was too large for its letter from the topic', async () => {
    const headers = { ce_id: newId(), ce_type: 'crm.memo.written' };
    const large = '\u0000'.repeat(800 * 1024);
    for (const value of ['\u0000 is no text', large]) {
      record = newId();
      await service.put({ key: record, headers: { ...headers, ce_id: newId() }, value });
      letter = await only();
      await forget();
      const [outcome] = await replay();
      expect(outcome).toMatchObject({ putBack: true, outcome: 'failed again' });
      expect((await showParked(system, 'leads', outcome!.parkedId!)).value).toBe(value);
    }
    await sql('update parked_event set status = $1, settled_at = now()', 'discarded');
  });

  it('refuses what is not there, and what is no letter', async () => {
    const absent = { partition: 0, offset: 9_999_999 };
    expect(await replayLetters(system, 'leads', { places: [absent] })).toMatchObject([
      { letter: '0/9999999', outcome: 'refused', why: 'There is no such letter.' },
    ]);
    await expect(showLetter(system, 'leads', undefined, absent)).rejects.toThrow('leads has no letter 0/9999999');
    await expect(showLetter(system, 'deals', undefined, absent)).rejects.toThrow('deals has no dead letters.');
    const other = { topic: 'crm.lead.events', places: [absent] };
    await expect(replayLetters(system, 'leads', other)).rejects.toThrow(
      'leads has no dead letters of crm.lead.events.',
    );
    await service.put({ topic: `${memo.topic}.leads.dlq`, key: record, headers: {}, value: 'hello' });
    letter = await only();
    expect(letter).toMatchObject({
      parked: null,
      code: null,
      error: expect.stringMatching(/^This is no letter of ours/),
    });
    expect(await replay()).toMatchObject([{ outcome: 'refused', why: letter.error }]);
  });
});
