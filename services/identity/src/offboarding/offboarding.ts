import {
  DomainError,
  handoverParts,
  OffboardingAdvanced,
  OffboardingClosed,
  OffboardingCompleted,
  OffboardingStarted,
  OffboardingUndoing,
  OffboardingUndone,
  type HandoverPart,
  type HandoverPlan,
  type HandoverState,
  type HandoverStatus,
  type Id,
  type OffboardingState,
  type PartProgress,
} from '@voronka/contracts';
import { CrmRecord, type DomainEvent } from '@voronka/service-kit/record';
import { Column, Entity } from 'typeorm';
import type { PassedCover } from './passed-cover.js';

/** How long it can be undone. */
const UNDOABLE_MS = 30 * 24 * 3600 * 1000;

/** The person as he is when he leaves. */
export interface Leaver {
  readonly id: Id;
  readonly active: boolean;
}

/**
 * How somebody leaves: he is locked out at once, and each service that owns what he worked hands over its part by a plan. It
 * is done when all have; it can be undone for 30 days, and then what his successors still have of his is his again.
 */
@Entity('offboarding')
export class Offboarding extends CrmRecord<OffboardingState> {
  static readonly guarding = 'ours';
  @Column('uuid') userId: Id;
  @Column('text') status: HandoverStatus;
  @Column('jsonb') plan: HandoverPlan;
  /** How far each service has come, of those that have been heard of. */
  @Column('jsonb') parts: readonly PartProgress[];
  /** Whether he could sign in until then, and so can again once it is undone. */
  @Column('boolean') wasActive: boolean;
  /** What it takes to give him back the work of those for whom he stood in. */
  @Column('jsonb') covers: readonly PassedCover[];

  state(): OffboardingState {
    const { id, userId, status, plan, createdBy, createdAt, parts } = this;
    return {
      ...{ id, userId, status, plan, startedBy: createdBy, startedAt: createdAt.toISOString() },
      parts: [...parts],
    };
  }

  /**
   * `former` is his latest one. Refuses with `OFFBOARDING_UNDER_WAY` and `ALREADY_OFFBOARDED`. Who was only deactivated can be
   * offboarded later.
   */
  static start(
    id: Id,
    {
      user,
      former,
      plan,
      covers,
    }: { user: Leaver; former: Offboarding | null; plan: HandoverPlan; covers: PassedCover[] },
    by: Id | null,
    at: Date,
  ): DomainEvent[] {
    if (former?.underWay)
      throw new DomainError(
        'OFFBOARDING_UNDER_WAY',
        'This person is being offboarded, or taken back, already. Look at it in `offboardings`.',
        'id',
      );
    if (former?.status === 'DONE' && !user.active)
      throw new DomainError(
        'ALREADY_OFFBOARDED',
        'This person has been offboarded already. What comes in his name is handed over by itself.',
        'id',
      );
    const offboarding = CrmRecord.born(Offboarding, id, by, at);
    const { id: userId, active: wasActive } = user;
    Object.assign(offboarding, { userId, plan, covers, wasActive, status: 'RUNNING', parts: [] });
    return [offboarding.say(OffboardingStarted, {}, at)];
  }

  /** A service told how far it has come. They are heard in any order. */
  hear(part: HandoverPart, { status, total, handedOver, givenBack }: HandoverState, at: Date): DomainEvent[] {
    const known = new Map(this.parts.map((each) => [each.part, each]));
    known.set(part, { part, status, total, handedOver, givenBack });
    this.parts = handoverParts.flatMap((each) => known.get(each) ?? []);
    const events = [this.say(OffboardingAdvanced, {}, at)];
    if (this.status === 'RUNNING' && this.all('DONE')) {
      this.status = 'DONE';
      events.push(this.say(OffboardingCompleted, {}, at));
    }
    if (this.status === 'UNDOING' && this.all('UNDONE')) {
      this.status = 'UNDONE';
      events.push(this.say(OffboardingUndone, {}, at));
    }
    return events;
  }

  /** He was let in again otherwise than by undoing it. Nothing where it is not done. */
  close(at: Date): DomainEvent[] {
    if (this.status !== 'DONE') return [];
    this.status = 'CLOSED';
    return [this.say(OffboardingClosed, {}, at)];
  }

  /** He is back. Asked twice it is undone once. Refuses with `OFFBOARDING_ENDED` what is undone, is over for 30 days, or is not his latest. */
  undo(isLatest: boolean, at: Date): DomainEvent[] {
    if (this.status === 'UNDOING') return [];
    const ended = (message: string) => new DomainError('OFFBOARDING_ENDED', message, 'id');
    if (this.status === 'UNDONE') throw ended('This is undone already; there is nothing to undo.');
    if (!isLatest) throw ended('This person was offboarded again since. Undo that one.');
    if (at >= this.undoableUntil)
      throw ended('This can be undone for 30 days, which are over. Give back by hand what shall be his again.');
    this.status = 'UNDOING';
    return [this.say(OffboardingUndoing, {}, at)];
  }

  get undoableUntil(): Date {
    return new Date(this.createdAt.getTime() + UNDOABLE_MS);
  }

  get underWay(): boolean {
    return this.status === 'RUNNING' || this.status === 'UNDOING';
  }

  private all(status: HandoverStatus): boolean {
    return this.parts.length === handoverParts.length && this.parts.every((part) => part.status === status);
  }
}
