import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { allEvents, eventOf, newestOf, noun } from './event.js';

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
