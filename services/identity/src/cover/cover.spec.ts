import { describe, expect, it } from '@jest/globals';
import type { Actor } from '@voronka/contracts';
import { Cover, type CoverContent } from './cover.js';

const by: Actor = { id: '01890a5d-ac96-774b-bcce-b302099a8057', may: { entity: 'cover', action: 'create' } };
const now = new Date('2026-07-01T09:00:00Z');
const content: CoverContent = {
  ownerId: 'anna',
  substituteId: 'boris',
  startsAt: new Date('2026-07-06T00:00:00Z'),
  endsAt: new Date('2026-07-20T00:00:00Z'),
};
const arrange = (change: Partial<CoverContent> = {}) => Cover.arrange('c', { ...content, ...change }, by, now);
const cover = (change: Partial<CoverContent> = {}) => arrange(change)[0]!.record as Cover;

describe('a cover', () => {
  it('says who stands in for whom, and when; from now on where nothing is said', () => {
    expect(cover().state()).toEqual({
      id: 'c',
      ownerId: 'anna',
      substituteId: 'boris',
      startsAt: '2026-07-06T00:00:00.000Z',
      endsAt: '2026-07-20T00:00:00.000Z',
    });
    expect(cover({ startsAt: null }).startsAt).toEqual(now);
  });

  it.each<[string, Partial<CoverContent>, string, string]>([
    ['of oneself', { substituteId: 'anna' }, 'INVALID_VALUE', 'input.substituteId'],
    ['that ends when it begins', { endsAt: content.startsAt! }, 'INVALID_DATE', 'input.endsAt'],
    ['that is over', { startsAt: new Date('2026-06-01'), endsAt: now }, 'INVALID_DATE', 'input.endsAt'],
    ['of more than a year', { endsAt: new Date('2027-07-08') }, 'INVALID_DATE', 'input.endsAt'],
  ])('is refused %s', (_, change, code, field) => {
    expect(() => arrange(change)).toThrow(expect.objectContaining({ code, field }) as unknown as Error);
  });

  it('ends when the person is back, and not before it begins', () => {
    const back = new Date('2026-07-10T08:00:00Z');
    const ended = cover();
    expect(ended.end(back)).toHaveLength(1);
    expect(ended.endsAt).toEqual(back);
    expect(ended.end(new Date('2026-07-11'))).toEqual([]);
    const calledOff = cover();
    calledOff.end(now);
    expect(calledOff.endsAt).toEqual(calledOff.startsAt);
  });
});
