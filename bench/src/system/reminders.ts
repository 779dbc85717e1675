import { until } from '../harness/clock.js';
import type { Organisation, SignedIn } from './organisation.js';

const PLAN = 'mutation ($input: PlanActivityInput!) { planActivity(input: $input) { id } }';
const A_SECOND = 2;
const DAY_MS = 86_400_000;

/**
 * Plans activities with reminders in the next so many seconds, two a second, of these people in turn. Answers, asked later, how
 * long after its time each was announced, in milliseconds: when its change was made, which a commit later was told.
 */
export async function reminders(
  organisation: Organisation,
  people: readonly SignedIn[],
  seconds: number,
): Promise<() => Promise<number[]>> {
  // The first comes when the last is planned.
  const from = Date.now() + 1000 * Math.ceil(seconds / 20);
  const plan = async (n: number): Promise<string> => {
    const remindAt = new Date(from + (n * 1000) / A_SECOND);
    const input = { kind: 'CALL', subject: 'Call back', remindAt, dueAt: new Date(remindAt.getTime() + DAY_MS) };
    const { token } = people[n % people.length]!;
    const { planActivity } = await organisation.ask<{ planActivity: { id: string } }>(token, PLAN, { input });
    return planActivity.id;
  };
  const ids = await Promise.all(Array.from({ length: seconds * A_SECOND }, (_, n) => plan(n)));
  return async () => {
    const text = `select extract(epoch from reminded_at - remind_at)::float8 * 1000 as late from activity where id = any($1) and reminded_at is not null`;
    const announced = async () => (await organisation.databases.tasks.query<{ late: number }>(text, [ids])).rows;
    await until(async () => (await announced()).length === ids.length, {
      ...{ within: 1000 * seconds + 60_000, every: 500, otherwise: 'Not every reminder was announced' },
    });
    return (await announced()).map(({ late }) => late);
  };
}
