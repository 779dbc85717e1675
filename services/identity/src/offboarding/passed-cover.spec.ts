import { describe, expect, it } from '@jest/globals';
import type { Actor, CoverState } from '@voronka/contracts';
import type { DomainEvent } from '@voronka/service-kit/record';
import { Cover } from '../cover/cover.js';
import { passOn, takeBack } from './passed-cover.js';

const by: Actor = { id: 'adam', may: 'anything' };
const [began, now, later, end] = ['01', '10', '15', '30'].map((day) => new Date(`2026-07-${day}T09:00:00Z`)) as Date[];
const cover = (ownerId: string, substituteId: string, startsAt = began!): Cover =>
  Cover.arrange('old', { ownerId, substituteId, startsAt, endsAt: end! }, by, began!)[0]!.record as Cover;
const told = (events: DomainEvent[]) =>
  events.map(({ declaration, data }) => {
    const { ownerId, substituteId, startsAt, endsAt } = (data as { cover: CoverState }).cover;
    return [declaration.type.split('.')[2], ownerId, substituteId, startsAt.slice(8, 10), endsAt.slice(8, 10)].join(
      ' ',
    );
  });
const pass = (one: Cover, heirs = ['boris', 'clara']) => passOn([one], 'leaver', heirs, ['new'], by, now!);

describe('the covers of one who leaves', () => {
  it('end where he was away himself', () => {
    const { passed, events } = pass(cover('leaver', 'anna'));
    expect(told(events)).toEqual(['ended leaver anna 01 10']);
    expect(passed).toEqual([]);
  });

  it('go to the first who takes over, for the rest of their time', () => {
    expect(told(pass(cover('anna', 'leaver')).events)).toEqual([
      'ended anna leaver 01 10',
      'arranged anna boris 10 30',
    ]);
    expect(told(pass(cover('anna', 'leaver', later)).events)).toEqual([
      'ended anna leaver 15 15',
      'arranged anna boris 15 30',
    ]);
  });

  it('never make somebody stand in for himself', () => {
    expect(told(pass(cover('boris', 'leaver')).events)[1]).toBe('arranged boris clara 10 30');
    expect(told(pass(cover('boris', 'leaver'), ['boris']).events)).toEqual(['ended boris leaver 01 10']);
  });

  it('that are over stay as they were', () => {
    expect(passOn([cover('anna', 'leaver')], 'leaver', ['boris'], ['new'], by, end!).events).toEqual([]);
  });

  it('are his again where he comes back, unless they are over', () => {
    const { passed, events } = pass(cover('anna', 'leaver'));
    const arranged = [events[1]!.record as Cover];
    const back = (at: Date) => told(takeBack(passed, arranged, 'leaver', ['again'], by, at));
    expect(back(later!)).toEqual(['ended anna boris 10 15', 'arranged anna leaver 15 30']);
    expect(back(end!)).toEqual([]);
  });
});
