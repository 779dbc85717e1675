import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ActivityOverdue, ActivityReminded } from '@voronka/contracts';
import { eventually, serviceUnderTest, type Asker, type ServiceUnderTest } from '@voronka/testing';
import { tasks as definition } from '../src/service.js';
import { plan } from './people.js';

let tasks: ServiceUnderTest;
let anna: Asker;
beforeAll(async () => {
  tasks = await serviceUnderTest(definition);
  anna = await tasks.person({ name: 'Anna', role: 'HEAD_OF_SALES' });
}, 60_000);
afterAll(() => tasks.stop());

const at = (time: string) => `2026-03-02T${time}:00.000Z`;
const remindersOf = (id: string) => tasks.published(ActivityReminded).filter((e) => e.subject === id);
const overduesOf = (id: string) => tasks.published(ActivityOverdue).filter((e) => e.subject === id);

/** Waits until the sweeper has surely looked since: an activity that falls due now is announced. */
async function sweptAt(time: string): Promise<void> {
  tasks.clock.set(at(time));
  const probe = await plan(anna, { dueAt: '2026-03-02T08:00:00.000Z' });
  await eventually(() => overduesOf(probe).length === 1);
}
const RESCHEDULE = `mutation ($id: ID!, $due: DateTime!, $remind: DateTime) {
  rescheduleActivity(id: $id, dueAt: $due, remindAt: $remind) { remindAt overdue } }`;

describe('reminders', () => {
  it('come due at their time, once, also across a restart, and again after rescheduling', async () => {
    const id = await plan(anna, { dueAt: at('12:00'), remindAt: at('11:00') });
    await sweptAt('10:59');
    expect(remindersOf(id)).toHaveLength(0);
    await sweptAt('11:00');
    expect(remindersOf(id)).toMatchObject([
      { aggregateVersion: 2, actor: 'system:tasks', occurredAt: new Date(at('11:00')), data: { activity: { id } } },
    ]);

    await tasks.restart();
    await sweptAt('11:05');
    expect(remindersOf(id)).toHaveLength(1);

    await anna.get(RESCHEDULE, { id, due: at('14:00'), remind: at('13:00') });
    await sweptAt('12:59');
    expect(remindersOf(id)).toHaveLength(1);
    await sweptAt('13:01');
    expect(remindersOf(id).map((e) => e.aggregateVersion)).toEqual([2, 4]);
  }, 60_000);

  it('that came due while nobody was there come when the service is back', async () => {
    tasks.clock.set(at('13:10'));
    const id = await plan(anna, { dueAt: at('15:00'), remindAt: at('13:30') });
    tasks.clock.set(at('13:10'));
    await tasks.restart();
    tasks.clock.set(at('13:40'));
    const [reminded] = await eventually(() => remindersOf(id).length > 0 && remindersOf(id));
    expect(reminded?.occurredAt).toEqual(new Date(at('13:30')));
    expect(reminded?.recordedAt).toEqual(new Date(at('13:40')));
  }, 60_000);

  it('are announced once by two instances together', async () => {
    const second = await tasks.another();
    try {
      tasks.clock.set(at('15:30'));
      const ids = await Promise.all(
        Array.from({ length: 100 }, () => plan(anna, { dueAt: at('18:00'), remindAt: at('16:00') })),
      );
      await sweptAt('16:01');
      await eventually(() => ids.every((id) => remindersOf(id).length > 0));
      await sweptAt('16:02');
      expect(ids.filter((id) => remindersOf(id).length !== 1)).toEqual([]);
    } finally {
      await second.stop();
    }
  }, 60_000);
});

describe('overdue activities', () => {
  it('are announced once for each due time, and found by the list while they are', async () => {
    tasks.clock.set(at('17:00'));
    const id = await plan(anna, { dueAt: at('17:10') });
    await sweptAt('17:10');
    expect(overduesOf(id)).toHaveLength(0);
    await sweptAt('17:11');
    await sweptAt('17:12');
    expect(overduesOf(id)).toMatchObject([{ occurredAt: new Date(at('17:10')) }]);

    const LIST = `query ($id: ID!) { activities(filter: { id: { eq: $id }, overdue: { eq: true } }) { nodes { overdueSince } } }`;
    const { activities } = await anna.get<{ activities: object }>(LIST, { id });
    expect(activities).toEqual({ nodes: [{ overdueSince: at('17:11') }] });

    const { rescheduleActivity } = await anna.get<{ rescheduleActivity: object }>(RESCHEDULE, { id, due: at('17:30') });
    expect(rescheduleActivity).toEqual({ remindAt: null, overdue: false });
    await sweptAt('17:31');
    expect(overduesOf(id)).toHaveLength(2);
  }, 60_000);

  it('are not announced when they were done in time', async () => {
    tasks.clock.set(at('18:00'));
    const id = await plan(anna, { dueAt: at('18:10'), remindAt: at('18:05') });
    await anna.get(`mutation ($id: ID!) { cancelActivity(id: $id, reason: "Not needed") { status outcome } }`, { id });
    await sweptAt('18:30');
    expect([...remindersOf(id), ...overduesOf(id)]).toEqual([]);
  }, 60_000);
});
