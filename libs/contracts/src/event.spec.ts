import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { allEvents, allStates, allTopics, eventOf, newestOf, noun, stateOf } from './event.js';

const song = noun('song', 'Songs of this test.', z.object({ id: z.string(), length: z.number() }));
const Sung = song.event('sung', 'A song was sung.', { singer: z.string() });
const SungByMany = song.nextVersion(Sung, { facts: { singers: z.array(z.string()) } }, ({ song, singer }) => ({
  song,
  singers: [singer],
}));
const SungAloud = song.nextVersion(
  SungByMany,
  {
    description: 'A song was sung, so loudly.',
    state: z.object({ id: z.string(), seconds: z.int() }),
    facts: { singers: z.array(z.string()), loudness: z.enum(['LOUD', 'UNKNOWN']) },
  },
  ({ song: { id, length }, singers }) => ({
    song: { id, seconds: Math.round(length * 60) },
    singers,
    loudness: 'UNKNOWN' as const,
  }),
);

describe('the versions of an event', () => {
  it('stay declared side by side, under one name on one topic', () => {
    const versions = allEvents().filter(({ type }) => type === 'crm.song.sung');
    expect(versions).toEqual([Sung, SungByMany, SungAloud]);
    expect(versions.map(({ version, topic }) => [version, topic])).toEqual(
      [1, 2, 3].map((version) => [version, 'crm.song.events']),
    );
    expect(versions.map(({ description }) => description)).toEqual([
      'A song was sung.',
      'A song was sung.',
      'A song was sung, so loudly.',
    ]);
  });

  it('are found by number, the newest without one', () => {
    const found = [undefined, 0, 1, 2, 3, 4].map((version) => eventOf('crm.song.sung', version));
    expect(found).toEqual([SungAloud, undefined, Sung, SungByMany, SungAloud, undefined]);
    expect(eventOf('crm.song.hummed')).toBeUndefined();
  });

  it('check each its own data', () => {
    const data = { song: { id: 's', length: 2.5 }, singer: 'Ирина' };
    expect([Sung, SungByMany, SungAloud].map(({ schema }) => schema.safeParse(data).success)).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('are read as the newest, each upcast in its turn', () => {
    const newest = { song: { id: 's', seconds: 150 }, singers: ['Ирина'], loudness: 'UNKNOWN' };
    expect(newestOf(Sung, { song: { id: 's', length: 2.5 }, singer: 'Ирина' })).toEqual(newest);
    expect(newestOf(SungByMany, { song: { id: 's', length: 2.5 }, singers: ['Ирина'] })).toEqual(newest);
    expect(newestOf(SungAloud, newest)).toBe(newest);
  });

  it('follow one another: no version is passed over, and none comes from another noun', () => {
    const dance = noun('dance', 'Dances of this test.', z.object({ id: z.string() }));
    const none = () => {
      throw new Error('never called');
    };
    expect(() => song.nextVersion(Sung, {}, none)).toThrow('crm.song.sung v1 is not the newest version');
    expect(() => dance.nextVersion(SungAloud, {}, none)).toThrow('not the newest version of an event of dance');
    expect(() => song.event('sung', 'Again.')).toThrow('declared twice');
  });
});

describe('the states of a noun', () => {
  it('have a topic beside the events, partitioned alike, where the newest message of each record stays', () => {
    noun('tale', 'Tales of this test.', z.object({ id: z.string() }), { partitions: 3 });
    expect(allTopics().slice(-2)).toEqual([
      { name: 'crm.tale.events', description: 'Tales of this test.', partitions: 3, cleanup: 'delete', retention: -1 },
      {
        name: 'crm.tale.state',
        description: 'The newest state of each record. Tales of this test.',
        partitions: 3,
        cleanup: 'compact',
        retention: -1,
      },
    ]);
    expect(stateOf('tale')).toMatchObject({ type: 'crm.tale.state', version: 1, events: 'crm.tale.events' });
  });

  it('have a version for each state that the versions of the events carry, and no more', () => {
    expect(
      allStates()
        .filter(({ noun }) => noun === 'song')
        .map(({ version }) => version),
    ).toEqual([1, 2]);
    expect([Sung, SungByMany, SungAloud].map(({ state }) => state?.version)).toEqual([1, 1, 2]);
    expect(stateOf('song')?.schema.safeParse({ id: 's', seconds: 1 }).success).toBe(true);
    const SungLow = song.event('sung-low', 'A song was hummed.');
    expect(SungLow.state?.version).toBe(1);
  });

  it('are ended by the events that say so, in every version', () => {
    const scarf = noun('scarf', 'Scarves of this test.', z.object({ id: z.string() }));
    const Lost = scarf.event('lost', 'It is gone.', {}, { erases: true });
    expect([Lost.erases, scarf.nextVersion(Lost, {}, (data) => data).erases]).toEqual([true, true]);
    expect(Sung.erases).toBeUndefined();
  });

  it('are no event, and facts have none', () => {
    const heat = noun('heat', 'Facts of this test.', z.object({ degrees: z.number() }), { kind: 'facts' });
    expect([heat.event('felt', 'It was hot.').state, stateOf('heat')]).toEqual([undefined, undefined]);
    expect(allTopics().map(({ name }) => name)).not.toContain('crm.heat.state');
    expect(eventOf('crm.song.state')).toBeUndefined();
    expect(() => song.event('state', 'No.')).toThrow('declared twice');
  });
});
