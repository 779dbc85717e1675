import {
  ActivityCancelled,
  ActivityCompleted,
  ActivityOverdue,
  ActivityPlanned,
  ActivityReminded,
  ActivityRescheduled,
  ActivityUpdated,
  DomainError,
  type ActivityKind,
  type ActivityState,
  type ActivityStatus,
  type Id,
  type SubjectKind,
} from '@voronka/contracts';
import {
  changesBetween,
  CrmRecord,
  type DomainEvent,
  type Heirloom,
  type Successor,
} from '@voronka/service-kit/record';
import { Column, Entity } from 'typeorm';

/** What an activity is about: one lead, deal, company or contact. */
export interface About {
  readonly kind: SubjectKind;
  readonly id: Id;
}

/** What a person says when planning one. */
export interface Plan {
  readonly kind: ActivityKind;
  readonly subject: string;
  readonly note: string | null;
  readonly dueAt: Date;
  readonly remindAt: Date | null;
  readonly ownerId: Id;
}

/** What of it may be put otherwise; when it is due is rescheduled. */
export type Patch = Partial<Pick<Plan, 'kind' | 'subject' | 'note' | 'ownerId'> & { about: About | null }>;

export type Move = 'update' | 'reschedule' | 'complete' | 'cancel' | 'remind' | 'fallDue';

/** Which move leads where. What is missing here is refused to people and passed over by the sweeper. */
export const moves: Record<ActivityStatus, Partial<Record<Move, ActivityStatus>>> = {
  PLANNED: {
    update: 'PLANNED',
    reschedule: 'PLANNED',
    complete: 'COMPLETED',
    cancel: 'CANCELLED',
    remind: 'PLANNED',
    fallDue: 'PLANNED',
  },
  COMPLETED: {},
  CANCELLED: {},
};

/**
 * A task, call or meeting: the next step with a customer, due at a time, and afterwards what came of it. A salesperson
 * lives from these: a lead or deal without a planned one is a customer nobody is about to speak to.
 */
@Entity('activity')
export class Activity extends CrmRecord<ActivityState> implements Heirloom {
  @Column('text') kind: ActivityKind;
  @Column('text') status: ActivityStatus;
  @Column('text') subject: string;
  @Column('text', { nullable: true }) note: string | null;
  @Column('timestamptz') dueAt: Date;
  @Column('timestamptz', { nullable: true }) remindAt: Date | null;
  @Column('uuid') ownerId: Id;
  @Column('text', { nullable: true }) aboutKind: SubjectKind | null;
  @Column('uuid', { nullable: true }) aboutId: Id | null;
  @Column('text', { nullable: true }) outcome: string | null;
  @Column('timestamptz', { nullable: true }) completedAt: Date | null;
  /** The step planned when this one was completed. */
  @Column('uuid', { nullable: true }) nextId: Id | null;
  /** When its reminder was announced; null while that is still to come. */
  @Column('timestamptz', { nullable: true }) remindedAt: Date | null;
  /** When it was announced as overdue; null while it is not. */
  @Column('timestamptz', { nullable: true }) overdueSince: Date | null;

  state(): ActivityState {
    const { id, kind, status, subject, note, ownerId, aboutKind, aboutId, outcome } = this;
    return {
      id,
      kind,
      status,
      subject,
      note,
      ownerId,
      aboutKind,
      aboutId,
      outcome,
      dueAt: this.dueAt.toISOString(),
      remindAt: this.remindAt?.toISOString() ?? null,
      completedAt: this.completedAt?.toISOString() ?? null,
      overdueSince: this.overdueSince?.toISOString() ?? null,
    };
  }

  /** Plans one. `at` is when it was planned, in the business. */
  static plan(id: Id, plan: Plan, about: About | null, by: Id | null, at: Date): DomainEvent[] {
    const activity = CrmRecord.born(Activity, id, by, at);
    Object.assign(activity, {
      ...plan,
      status: 'PLANNED',
      ...aboutColumns(about),
      outcome: null,
      completedAt: null,
      nextId: null,
      remindedAt: null,
      overdueSince: null,
    });
    return [activity.say(ActivityPlanned, {}, at)];
  }

  /** Puts it otherwise. What is left out stays. */
  update({ about, ...patch }: Patch, at: Date): DomainEvent[] {
    this.move('update');
    const before = this.state();
    Object.assign(this, patch, about === undefined ? {} : aboutColumns(about));
    return changesBetween(before, this.state()) ? [this.say(ActivityUpdated, {}, at)] : [];
  }

  /** Its owner has left: it is somebody else's to do, or to answer for where it was done. */
  handOver({ id }: Successor, at: Date): DomainEvent[] {
    this.ownerId = id;
    return [this.say(ActivityUpdated, {}, at)];
  }

  /** Sets another time. The reminder keeps its distance to it where none is given; both will be announced anew. */
  reschedule(dueAt: Date, remindAt: Date | null | undefined, at: Date): DomainEvent[] {
    this.move('reschedule');
    const ahead = this.remindAt && this.dueAt.getTime() - this.remindAt.getTime();
    const kept = ahead === null ? null : new Date(dueAt.getTime() - ahead);
    this.remindAt = remindAt === undefined ? kept : remindAt;
    this.dueAt = dueAt;
    this.remindedAt = null;
    this.overdueSince = null;
    return [this.say(ActivityRescheduled, {}, at)];
  }

  /** It was done. The next step, if there is one, is about the same lead, deal, company or contact. */
  complete(outcome: string | null, next: { id: Id; plan: Plan } | null, by: Id | null, at: Date): DomainEvent[] {
    this.move('complete');
    this.outcome = outcome;
    this.completedAt = at;
    this.overdueSince = null;
    this.nextId = next?.id ?? null;
    const completed = this.say(ActivityCompleted, { nextId: this.nextId }, at);
    return [completed, ...(next ? Activity.plan(next.id, next.plan, this.about(), by, at) : [])];
  }

  /** It will not be done; the reason stands where the outcome would. */
  cancel(reason: string | null, at: Date): DomainEvent[] {
    this.move('cancel');
    this.outcome = reason;
    this.overdueSince = null;
    return [this.say(ActivityCancelled, {}, at)];
  }

  /** Announces its reminder when that is due, once for each time set; says nothing otherwise. */
  remind(now: Date): DomainEvent[] {
    const due = this.remindAt !== null && this.remindedAt === null && this.remindAt <= now;
    if (!due || !moves[this.status].remind) return [];
    this.remindedAt = now;
    return [this.say(ActivityReminded, {}, this.remindAt as Date)];
  }

  /** Announces that it passed its due time undone, once for each due time; says nothing otherwise. */
  fallDue(now: Date): DomainEvent[] {
    if (this.overdueSince !== null || this.dueAt >= now || !moves[this.status].fallDue) return [];
    this.overdueSince = now;
    return [this.say(ActivityOverdue, {}, this.dueAt)];
  }

  /** A reminder whose time was past before Voronka knew of it is nobody's reminder. For imports, before anything else. */
  forgetPastReminder(now: Date): void {
    if (this.remindAt && this.remindAt <= now) this.remindedAt = now;
  }

  about(): About | null {
    return this.aboutKind && this.aboutId ? { kind: this.aboutKind, id: this.aboutId } : null;
  }

  private move(move: Move): void {
    const to = moves[this.status][move];
    if (!to)
      throw new DomainError(
        'ACTIVITY_CLOSED',
        `This activity is ${this.status.toLowerCase()} already. Plan a new one instead.`,
        'id',
      );
    this.status = to;
  }
}

const aboutColumns = (about: About | null) => ({ aboutKind: about?.kind ?? null, aboutId: about?.id ?? null });
