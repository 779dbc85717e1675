import type {
  EventDeclaration,
  HandoverEvents,
  HandoverPlan,
  HandoverState,
  HandoverStatus,
  Id,
  Moved,
} from '@voronka/contracts';
import type { MessageContext } from '@voronka/messaging';
import { Column, Entity } from 'typeorm';
import { CrmRecord, type DomainEvent } from '../record.js';
import type { Loads } from './successors.js';

/** What identity says of an offboarding that begins. */
export interface Leaving {
  readonly id: Id;
  readonly userId: Id;
  readonly plan: HandoverPlan;
  readonly startedBy: Id | null;
}

/** A record that has another owner: which, and whom. */
export interface Handed {
  readonly id: Id;
  readonly ownerId: Id;
}

/**
 * One service's part of an offboarding, under its id: what is done, and what is needed to go on after any interruption.
 * What comes in his name after it is done is handed over as well, until he is back.
 */
@Entity('handover')
export class Handover extends CrmRecord<HandoverState> {
  static readonly guarding = 'ours';
  @Column('uuid') userId: Id;
  @Column('text') status: HandoverStatus;
  @Column('jsonb') plan: HandoverPlan;
  /** What the successors have, with what was handed to them. */
  @Column('jsonb') loads: Loads;
  @Column('integer') total: number;
  @Column('integer') handedOver: number;
  @Column('integer') givenBack: number;
  /** What the events of the records follow from. */
  @Column('jsonb') cause: MessageContext;

  state(): HandoverState {
    const { id, userId, status, total, handedOver, givenBack } = this;
    return { id, userId, status, total, handedOver, givenBack };
  }

  static begin(
    { id, userId, plan, startedBy }: Leaving,
    known: { total: number; loads: Loads; cause: MessageContext },
    tell: HandoverEvents,
    now: Date,
  ): DomainEvent[] {
    const handover = CrmRecord.born(Handover, id, startedBy, now);
    Object.assign(handover, { userId, plan, ...known, status: 'RUNNING', handedOver: 0, givenBack: 0 });
    return [handover.tells(tell.started, {}, now)];
  }

  /** Records have been handed over; the successors have `loads` now. */
  advance(handed: readonly Handed[], loads: Loads, tell: HandoverEvents, now: Date): DomainEvent[] {
    this.handedOver += handed.length;
    this.loads = loads;
    return [this.tells(tell.advanced, { records: movedTo(handed) }, now)];
  }

  /** Nothing of his is left here. */
  complete(tell: HandoverEvents, now: Date): DomainEvent[] {
    this.status = 'DONE';
    return [this.tells(tell.completed, {}, now)];
  }

  /** He is back: what comes in his name is his. */
  close(tell: HandoverEvents, now: Date): DomainEvent[] {
    if (this.status !== 'DONE') return [];
    this.status = 'CLOSED';
    return [this.tells(tell.closed, {}, now)];
  }

  /** It shall be taken back, however far it has come. */
  undo(cause: MessageContext, tell: HandoverEvents, now: Date): DomainEvent[] {
    if (this.status === 'UNDOING' || this.status === 'UNDONE') return [];
    this.status = 'UNDOING';
    this.cause = cause;
    return [this.tells(tell.undoing, {}, now)];
  }

  /** These are his again. */
  giveBack(ids: readonly Id[], tell: HandoverEvents, now: Date): DomainEvent[] {
    if (ids.length === 0) return [];
    this.givenBack += ids.length;
    return [this.tells(tell.advanced, { records: [{ ownerId: this.userId, ids: [...ids] }] }, now)];
  }

  endUndoing(tell: HandoverEvents, now: Date): DomainEvent[] {
    this.status = 'UNDONE';
    return [this.tells(tell.undone, {}, now)];
  }

  private tells(declaration: EventDeclaration, facts: object, now: Date): DomainEvent {
    return this.say(declaration as EventDeclaration<object>, facts as never, now);
  }
}

function movedTo(handed: readonly Handed[]): Moved {
  const ids = new Map<Id, Id[]>();
  for (const { id, ownerId } of handed) {
    const his = ids.get(ownerId);
    if (his) his.push(id);
    else ids.set(ownerId, [id]);
  }
  return [...ids].map(([ownerId, of]) => ({ ownerId, ids: of }));
}
