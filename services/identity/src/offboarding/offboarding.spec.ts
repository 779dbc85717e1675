import { describe, expect, it } from '@jest/globals';
import { handoverParts, type HandoverPart, type HandoverState, type HandoverStatus } from '@voronka/contracts';
import type { DomainEvent } from '@voronka/service-kit/record';
import { Offboarding } from './offboarding.js';

const monday = new Date('2026-03-02T09:00:00.000Z');
const tuesday = new Date('2026-03-03T09:00:00.000Z');
const plan = { to: ['boris'], byPipeline: [] };
const start = (active = true, former: Offboarding | null = null) =>
  Offboarding.start('o', { user: { id: 'anna', active }, former, plan, covers: [] }, 'adam', monday);
const started = () => start()[0]!.record as Offboarding;
const words = (events: DomainEvent[]) => events.map(({ declaration }) => declaration.type.split('.')[2]);
const refused = (code: string) => expect.objectContaining({ code, field: 'id' }) as unknown as Error;

const said = (status: HandoverStatus): HandoverState => ({
  ...{ id: 'o', userId: 'anna', status, total: 3, handedOver: 2, givenBack: 0 },
});
const hear = (offboarding: Offboarding, status: HandoverStatus, parts: readonly HandoverPart[] = handoverParts) =>
  parts.flatMap((part) => words(offboarding.hear(part, said(status), tuesday)));
const done = () => {
  const offboarding = started();
  hear(offboarding, 'DONE');
  return offboarding;
};

describe('an offboarding', () => {
  it('is under way from its start, and knows whether he could sign in', () => {
    expect(start()[0]!.data).toEqual({
      offboarding: {
        ...{ id: 'o', userId: 'anna', status: 'RUNNING', plan, parts: [] },
        ...{ startedBy: 'adam', startedAt: monday.toISOString() },
      },
    });
    expect((start(false)[0]!.record as Offboarding).wasActive).toBe(false);
  });

  it('is done once all services are, in any order, and hears of what comes late', () => {
    const offboarding = started();
    expect(hear(offboarding, 'RUNNING', ['tasks', 'leads'])).toEqual(['advanced', 'advanced']);
    expect(hear(offboarding, 'DONE', ['tasks', 'leads', 'deals'])).not.toContain('completed');
    expect(offboarding.parts.map(({ part }) => part)).toEqual(['leads', 'deals', 'tasks']);
    expect(hear(offboarding, 'DONE', ['accounts'])).toEqual(['advanced', 'completed']);
    expect(hear(offboarding, 'DONE', ['leads'])).toEqual(['advanced']);
    expect(offboarding.status).toBe('DONE');
  });

  it('is undone once all services have given back, whatever they had said before', () => {
    const offboarding = started();
    expect(words(offboarding.undo(true, tuesday))).toEqual(['undoing']);
    expect(offboarding.undo(true, tuesday)).toEqual([]);
    expect(hear(offboarding, 'DONE')).not.toContain('completed');
    expect(hear(offboarding, 'UNDONE')).toEqual(['advanced', 'advanced', 'advanced', 'advanced', 'undone']);
    expect(() => offboarding.undo(true, tuesday)).toThrow(refused('OFFBOARDING_ENDED'));
  });

  it('can be undone for 30 days, and only his latest', () => {
    const day = (n: number) => new Date(+monday + n * 24 * 3600 * 1000);
    expect(words(done().undo(true, new Date(+day(30) - 1)))).toEqual(['undoing']);
    expect(() => done().undo(true, day(30))).toThrow(refused('OFFBOARDING_ENDED'));
    expect(() => done().undo(false, tuesday)).toThrow(refused('OFFBOARDING_ENDED'));
  });

  it('is closed where he was let in again once it was done, and can be undone all the same', () => {
    const closed = done();
    expect(words(closed.close(tuesday))).toEqual(['closed']);
    expect(started().close(tuesday)).toEqual([]);
    expect(words(start(false, closed))).toEqual(['started']);
    expect(words(closed.undo(true, tuesday))).toEqual(['undoing']);
    expect(closed.close(tuesday)).toEqual([]);
  });

  it('is refused where one is under way, and where he left by one', () => {
    const undoing = done();
    undoing.undo(true, tuesday);
    expect(() => start(false, started())).toThrow(refused('OFFBOARDING_UNDER_WAY'));
    expect(() => start(true, undoing)).toThrow(refused('OFFBOARDING_UNDER_WAY'));
    expect(() => start(false, done())).toThrow(refused('ALREADY_OFFBOARDED'));
  });

  it('follows another where he was back since, or that one was undone', () => {
    expect(words(start(true, done()))).toEqual(['started']);
    const undone = done();
    undone.undo(true, tuesday);
    hear(undone, 'UNDONE');
    expect(words(start(false, undone))).toEqual(['started']);
  });
});
