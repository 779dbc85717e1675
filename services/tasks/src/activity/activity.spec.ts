import { describe, expect, it } from '@jest/globals';
import { activityStatuses, type ActivityStatus } from '@voronka/contracts';
import type { DomainEvent } from '@voronka/service-kit/record';
import { Activity, moves, type Move, type Plan } from './activity.js';

const me = '0190a8f2-7c1e-7d44-9b60-3c5f0e6a1b2d';
const lead = { kind: 'lead', id: '0190a8f2-7c1e-7d44-9b60-3c5f0e6a1b2e' } as const;
const at = (time: string) => new Date(`2026-03-02T${time}:00.000Z`);
const plan: Plan = {
  kind: 'CALL',
  subject: 'Ask about the budget',
  note: null,
  dueAt: at('12:00'),
  remindAt: at('11:45'),
  ownerId: me,
};
const recordOf = (events: DomainEvent[]) => events[0]?.record as Activity;
const types = (events: DomainEvent[]) => events.map((event) => event.declaration.type.replace('crm.activity.', ''));
const planned = (changed: Partial<Plan> = {}) =>
  recordOf(Activity.plan('0190a8f2-7c1e-7d44-9b60-3c5f0e6a1b2f', { ...plan, ...changed }, lead, me, at('09:00')));
const inStatus = (status: ActivityStatus): Activity => {
  const activity = planned();
  if (status === 'COMPLETED') activity.complete('Done', null, me, at('10:00'));
  if (status === 'CANCELLED') activity.cancel(null, at('10:00'));
  return activity;
};

const perform: Record<Move, (activity: Activity) => DomainEvent[]> = {
  update: (activity) => activity.update({ subject: 'Ask again' }, at('13:00')),
  reschedule: (activity) => activity.reschedule(at('15:00'), null, at('13:00')),
  complete: (activity) => activity.complete('They have one', null, me, at('13:00')),
  cancel: (activity) => activity.cancel('They called first', at('13:00')),
  remind: (activity) => activity.remind(at('13:00')),
  fallDue: (activity) => activity.fallDue(at('13:00')),
};
const bySweeper: readonly Move[] = ['remind', 'fallDue'];
const all = activityStatuses.flatMap((from) => (Object.keys(perform) as Move[]).map((move) => ({ from, move })));

describe('the life of an activity', () => {
  it.each(all.filter(({ from, move }) => moves[from][move]))('$from can $move', ({ from, move }) => {
    const activity = inStatus(from);
    const events = perform[move](activity);
    expect({ status: activity.status, events: events.length }).toEqual({ status: moves[from][move], events: 1 });
  });

  it.each(all.filter(({ from, move }) => !moves[from][move] && !bySweeper.includes(move)))(
    '$from cannot $move',
    ({ from, move }) => {
      const activity = inStatus(from);
      const before = activity.state();
      expect(() => perform[move](activity)).toThrow(expect.objectContaining({ code: 'ACTIVITY_CLOSED' }));
      expect(activity.state()).toEqual(before);
    },
  );

  it.each(all.filter(({ from, move }) => !moves[from][move] && bySweeper.includes(move)))(
    '$from has nothing to say when the sweeper comes to $move',
    ({ from, move }) => {
      expect(perform[move](inStatus(from))).toEqual([]);
    },
  );
});

describe('completing an activity', () => {
  it('plans the next step about the same lead in the same breath', () => {
    const activity = planned();
    const next = { id: '0190a8f2-7c1e-7d44-9b60-3c5f0e6a1b30', plan: { ...plan, kind: 'MEETING' as const } };
    const events = activity.complete('Interested', next, me, at('12:10'));
    expect(types(events)).toEqual(['completed', 'planned']);
    expect(events[1]?.record.state()).toMatchObject({ kind: 'MEETING', aboutKind: 'lead', aboutId: lead.id });
    expect(activity.nextId).toBe(next.id);
  });

  it('ends being overdue', () => {
    const activity = planned();
    activity.fallDue(at('12:01'));
    activity.complete(null, null, me, at('12:10'));
    expect(activity.state()).toMatchObject({ overdueSince: null, completedAt: '2026-03-02T12:10:00.000Z' });
  });
});

describe('putting an activity otherwise', () => {
  it('changes only what is given, and says nothing where that is as it was', () => {
    const activity = planned();
    expect(types(activity.update({ subject: 'Ask twice', about: null }, at('10:00')))).toEqual(['updated']);
    expect(activity.state()).toMatchObject({ subject: 'Ask twice', kind: 'CALL', ownerId: me, aboutKind: null });
    expect(activity.update({ subject: 'Ask twice' }, at('10:01'))).toEqual([]);
  });
});

describe('a reminder', () => {
  it('is silent before its time, speaks once, and is silent then', () => {
    const activity = planned();
    const said = ['11:44', '11:45', '11:46'].map((time) => types(activity.remind(at(time))));
    expect(said).toEqual([[], ['reminded'], []]);
  });

  it('speaks again at its new time after rescheduling', () => {
    const activity = planned();
    activity.remind(at('11:45'));
    activity.reschedule(at('14:00'), at('13:00'), at('11:50'));
    expect([types(activity.remind(at('12:59'))), types(activity.remind(at('13:00')))]).toEqual([[], ['reminded']]);
  });

  it('keeps its distance to the due time unless another is given', () => {
    const activity = planned();
    activity.reschedule(at('15:00'), undefined, at('10:00'));
    expect(activity.remindAt).toEqual(at('14:45'));
    activity.reschedule(at('16:00'), null, at('10:00'));
    expect(activity.remindAt).toBeNull();
    activity.reschedule(at('17:00'), undefined, at('10:00'));
    expect(activity.remindAt).toBeNull();
  });

  it('that was past before the import is never announced', () => {
    const activity = planned();
    activity.forgetPastReminder(at('11:50'));
    expect(activity.remind(at('11:51'))).toEqual([]);
  });
});

describe('an overdue activity', () => {
  it('is not overdue at its due time, then announced once for each due time', () => {
    const activity = planned();
    const said = ['12:00', '12:01', '12:02'].map((time) => types(activity.fallDue(at(time))));
    expect(said).toEqual([[], ['overdue'], []]);
    activity.reschedule(at('13:00'), null, at('12:30'));
    expect(activity.state().overdueSince).toBeNull();
    expect(types(activity.fallDue(at('13:01')))).toEqual(['overdue']);
  });

  it('says that it happened at the due time', () => {
    expect(planned().fallDue(at('18:00'))[0]?.occurredAt).toEqual(at('12:00'));
  });
});
