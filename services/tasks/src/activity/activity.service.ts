import { Injectable } from '@nestjs/common';
import { DomainError, type Actor, type Id, type SubjectKind } from '@voronka/contracts';
import {
  check,
  Clock,
  Database,
  Directory,
  happened,
  id as anId,
  instant,
  newId,
  many,
  one,
  References,
  Store,
  tableOf,
  type ImportOutcome,
  type ListArgs,
  type Page,
  type Within,
} from '@voronka/service-kit';
import { activityList } from './activity.graphql.js';
import { aboutField, accepted, type ImportActivityInput, type NextStepInput } from './activity.input.js';
import type { PlanActivityInput, Step, UpdateActivityInput } from './activity.input.js';
import { Activity, type About, type Plan } from './activity.js';

/** Activities that an agenda shows of either kind. */
const AGENDA_ROWS = 500;
const AGENDA_DAYS = 366;
const DAY_MS = 86_400_000;

/** What verbs of one activity may be told beside what they need. */
export interface When {
  expectedVersion?: number | null;
  /** When it happened in the business, if not now. */
  occurredAt?: Date | null;
}

@Injectable()
export class ActivityService {
  constructor(
    private readonly store: Store,
    private readonly database: Database,
    private readonly directory: Directory,
    private readonly references: References,
    private readonly clock: Clock,
  ) {}

  async plan(by: Actor, input: PlanActivityInput, occurredAt: Date | null): Promise<Activity> {
    const { about, ...step } = check(accepted.plan, input);
    const at = this.at({ occurredAt });
    const plan = await this.planOf(by, step, 'input');
    await this.requireAbout(about, 'input');
    const content = { ...plan, about, occurredAt: at };
    const { record } = await this.store.create(by, Activity, { id: input.id, content }, (_, id, now) =>
      Activity.plan(id, plan, about, by.id, at ?? now),
    );
    return record;
  }

  /** What is left out of `input` stays. */
  async update(by: Actor, id: Id, input: UpdateActivityInput, when: When): Promise<Activity> {
    const patch = check(accepted.patch, input);
    if (patch.ownerId) await this.directory.requireActive(patch.ownerId, 'input.ownerId');
    await this.requireAbout(patch.about ?? null, 'input');
    const at = this.at(when);
    const { activity } = await this.store.write(by, this.one(id, when), ({ activity }, now) =>
      activity.update(patch, at ?? now),
    );
    return activity;
  }

  /** What happened, and what comes next: one call, one write. */
  async complete(by: Actor, id: Id, outcome: string | null, next: NextStepInput | null, when: When): Promise<Activity> {
    const said = check(accepted.outcome, outcome, 'outcome');
    const at = this.at(when);
    const plan = next && (await this.planOf(by, check(accepted.step, next, 'next'), 'next'));
    const step = plan && { id: newId(), plan };
    const { activity } = await this.store.write(by, this.one(id, when), ({ activity }, now) =>
      activity.complete(said, step, by.id, at ?? now),
    );
    return activity;
  }

  /** `remindAt` left out keeps the reminder's distance to the due time; null takes it away. */
  async reschedule(by: Actor, id: Id, dueAt: Date, remindAt: Date | null | undefined, when: When): Promise<Activity> {
    check(accepted.times, { dueAt, remindAt }, '');
    const at = this.at(when);
    const { activity } = await this.store.write(by, this.one(id, when), ({ activity }, now) =>
      activity.reschedule(dueAt, remindAt, at ?? now),
    );
    return activity;
  }

  async cancel(by: Actor, id: Id, reason: string | null, when: When): Promise<Activity> {
    const said = check(accepted.outcome, reason, 'reason');
    const at = this.at(when);
    const { activity } = await this.store.write(by, this.one(id, when), ({ activity }, now) =>
      activity.cancel(said, at ?? now),
    );
    return activity;
  }

  /** What is still planned about the one is about the other from now on. For events, which name things that exist. */
  async handOver(by: Actor, from: About, to: About): Promise<void> {
    const { rows } = await this.database.query<{ id: Id }>({
      name: 'activity:planned-about',
      // eslint-disable-next-line voronka/reads-within-reach -- on an event, whoever's they are
      text: `select id from activity where about_id = $1 and about_kind = $2 and status = 'PLANNED'`,
      values: [from.id, from.kind],
    });
    const slots = {
      activities: many(
        Activity,
        rows.map(({ id }) => id),
      ),
    };
    await this.store.write(by, slots, ({ activities }, now) =>
      // One that was done or cancelled meanwhile stays where it is.
      activities.flatMap((activity) => (activity.status === 'PLANNED' ? activity.update({ about: to }, now) : [])),
    );
  }

  import(by: Actor, rows: readonly ImportActivityInput[]): Promise<ImportOutcome[]> {
    return this.store.importRows(Activity, rows, async (row, id) => {
      const { about, createdAt, externalId, completedAt, outcome, ...step } = check(accepted.import, row, '');
      const now = this.clock.now();
      happened(createdAt, now, 'createdAt');
      happened(completedAt, now, 'completedAt');
      const plan = await this.planOf(by, step, '');
      await this.requireAbout(about, '');
      const content = { ...plan, about, createdAt, completedAt, outcome };
      return this.store.create(by, Activity, { id, externalId, content }, (_, newActivity, recordedAt) => {
        const planned = Activity.plan(newActivity, plan, about, by.id, createdAt ?? completedAt ?? recordedAt);
        const activity = planned[0]?.record as Activity;
        activity.forgetPastReminder(recordedAt);
        return completedAt ? [...planned, ...activity.complete(outcome, null, by.id, completedAt)] : planned;
      });
    });
  }

  find(by: Actor, id: Id): Promise<Activity | null> {
    return this.store.find(by, Activity, check(anId, id, 'id'));
  }

  byIds(by: Actor, ids: readonly Id[]): Promise<(Activity | null)[]> {
    return this.store.byIds(by, Activity, ids);
  }

  list(by: Actor, args: ListArgs): Promise<Page<Activity>> {
    return this.store.list(by, activityList, args);
  }

  /** The newest activities about each of several leads, deals … One statement. */
  about(by: Actor, ids: readonly Id[], first: number): Promise<Activity[][]> {
    return this.store.related(by, Activity, 'about_id', ids, first);
  }

  /** The planned activity that is due first about each of several leads, deals … */
  nextSteps(by: Actor, kind: SubjectKind, ids: readonly Id[]): Promise<(Activity | null)[]> {
    const text = (within: Within) => `select p.id as "__parent", a.* from unnest($1::uuid[]) p(id) cross join lateral (
               select ${tableOf(Activity).selection} from activity t
               where t.about_id = p.id and t.about_kind = '${kind}' and t.status = 'PLANNED' and ${within({ owner: 't.owner_id' })}
               order by t.due_at, t.id limit $2) a`;
    return this.store.firstOfEach(by, Activity, { name: `activity:next-steps:${kind}`, text }, ids);
  }

  /** What is planned for somebody from `from` to before `to`, and what was due before it and is past its time. */
  async agenda(
    by: Actor,
    from: Date,
    to: Date,
    ownerId: Id | null,
  ): Promise<{ due: Activity[]; overdue: Activity[]; more: boolean }> {
    check(instant, from, 'from');
    check(instant, to, 'to');
    const owner = ownerId ? check(anId, ownerId, 'ownerId') : by.id;
    if (to <= from || to.getTime() - from.getTime() > AGENDA_DAYS * DAY_MS)
      throw new DomainError(
        'INVALID_DATE',
        `Ask for a span that ends after it begins, of at most ${AGENDA_DAYS} days.`,
        'to',
      );
    const now = this.clock.now();
    const [due, overdue] = await Promise.all([
      this.plannedFor(by, owner, from, to),
      this.plannedFor(by, owner, new Date(0), from < now ? from : now),
    ]);
    return {
      due: due.slice(0, AGENDA_ROWS),
      overdue: overdue.slice(0, AGENDA_ROWS),
      more: due.length > AGENDA_ROWS || overdue.length > AGENDA_ROWS,
    };
  }

  private async plannedFor(by: Actor, owner: Id, from: Date, to: Date): Promise<Activity[]> {
    const rows = await this.store.rows<object>(by, 'activity', {
      name: 'activity:agenda',
      values: [owner, from, to],
      text: (within) => `select ${tableOf(Activity).selection} from activity t
             where t.owner_id = $1 and t.status = 'PLANNED' and t.due_at >= $2 and t.due_at < $3
               and ${within({ owner: 't.owner_id' })}
             order by t.due_at, t.id limit ${AGENDA_ROWS + 1}`,
    });
    return rows.map((row) => Object.assign(new Activity(), row));
  }

  private one(id: Id, { expectedVersion }: When) {
    return { activity: one(Activity, check(anId, id, 'id'), expectedVersion) };
  }

  private at({ occurredAt }: When): Date | null {
    return occurredAt ? happened(occurredAt, this.clock.now()) : null;
  }

  private async planOf(by: Actor, { ownerId, ...step }: Step, field: string): Promise<Plan> {
    if (ownerId) await this.directory.requireActive(ownerId, pathOf(field, 'ownerId'));
    return { ...step, ownerId: ownerId ?? by.id };
  }

  private async requireAbout(about: About | null, field: string): Promise<void> {
    if (about) await this.references.require(about.kind, about.id, pathOf(field, aboutField(about)));
  }
}

const pathOf = (parent: string, field: string) => (parent === '' ? field : `${parent}.${field}`);
