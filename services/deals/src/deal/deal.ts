import {
  DealCreated,
  DealLost,
  DealMoved,
  DealReopened,
  DealUpdated,
  DealWithdrawn,
  DealWon,
  DomainError,
  type DealLine,
  type DealState,
  type DealStatus,
  type Id,
  type LostReason,
  type Money,
} from '@voronka/contracts';
import {
  changesBetween,
  CrmRecord,
  SharedRecord,
  type DomainEvent,
  type Heirloom,
  type Successor,
} from '@voronka/service-kit/record';
import { Column, Entity } from 'typeorm';
import type { Pipeline } from '../pipeline/pipeline.js';
import { valueOf, type PricedLine } from './deal-lines.js';

export const dealVerbs = ['update', 'move', 'win', 'lose', 'reopen'] as const;
export type DealVerb = (typeof dealVerbs)[number];

/** What may happen to a deal in each status, and what it is afterwards. What stands nowhere here is refused. */
export const transitions: Readonly<Record<DealStatus, Partial<Record<DealVerb, DealStatus>>>> = {
  OPEN: { update: 'OPEN', move: 'OPEN', win: 'WON', lose: 'LOST' },
  WON: { update: 'WON', reopen: 'OPEN' },
  LOST: { update: 'LOST', reopen: 'OPEN' },
};

/** What is known and agreed of a deal. `owner` brings the team he is in now. */
export interface DealContent {
  readonly title: string;
  readonly amount: Money | null;
  readonly lines: readonly PricedLine[];
  readonly owner: { readonly id: Id; readonly teamId: Id | null };
  readonly companyId: Id | null;
  readonly contactId: Id | null;
  readonly leadId: Id | null;
  readonly source: string | null;
  readonly expectedCloseOn: string | null;
}
export type DealLinks = Pick<DealContent, 'companyId' | 'contactId' | 'leadId'>;

/** The changes that reports count, in order of time. The others (a title, a company) may be entered at any time. */
const counted: readonly (keyof DealState)[] = ['amount', 'currency', 'lines', 'ownerId', 'source'];

/**
 * A deal is a sale in the making: its owner leads it through the stages of a pipeline until the customer says yes or no.
 * It closes in the stage it was in, and opens there again if it is taken up again.
 *
 * Each verb takes when it happened in the business, null for now. It refuses with `INVALID_DATE` what would have happened
 * before the deal's last counted change: its history is a line.
 */
@Entity('deal')
export class Deal extends SharedRecord<DealState> implements Heirloom {
  @Column('text') title: string;
  @Column('text') status: DealStatus;
  @Column('uuid') pipelineId: Id;
  @Column('uuid') stageId: Id;
  @Column('integer') stagePosition: number;
  /** Minor units of `currency`; both are null where nobody has said. */
  @Column('bigint', { nullable: true }) amount: number | null;
  @Column('text', { nullable: true }) currency: string | null;
  @Column('jsonb') lines: DealLine[];
  @Column('uuid', { nullable: true }) teamId: Id | null;
  @Column('uuid', { nullable: true }) companyId: Id | null;
  @Column('uuid', { nullable: true }) contactId: Id | null;
  @Column('uuid', { nullable: true }) leadId: Id | null;
  @Column('text', { nullable: true }) source: string | null;
  @Column('date', { nullable: true }) expectedCloseOn: string | null;
  @Column('text', { nullable: true }) lostReason: LostReason | null;
  @Column('timestamptz', { nullable: true }) closedAt: Date | null;
  /** When the last change that reports count happened. */
  @Column('timestamptz') countedAt: Date;

  /** Of one that is made of its events again, no change before the last of them is let in. */
  static readonly recalled = (occurredAt: Date) => ({ countedAt: occurredAt });

  protected get updated() {
    return DealUpdated;
  }

  state(): DealState {
    const { id, title, status, pipelineId, stageId, stagePosition, amount, currency, lines, ownerId, teamId } = this;
    const { companyId, contactId, leadId, source, expectedCloseOn, lostReason, createdAt, closedAt } = this;
    return {
      id,
      title,
      status,
      pipelineId,
      stageId,
      stagePosition,
      amount,
      currency,
      lines,
      ownerId,
      teamId,
      companyId,
      contactId,
      leadId,
      source,
      expectedCloseOn,
      lostReason,
      openedAt: createdAt.toISOString(),
      closedAt: closedAt?.toISOString() ?? null,
      ...this.shares,
    };
  }

  /** A deal enters a pipeline, in its first stage where none is named, at `at` in the business. */
  static open(
    id: Id,
    content: DealContent,
    to: { pipeline: Pipeline; stageId: Id | null },
    by: Id | null,
    at: Date,
  ): DomainEvent[] {
    const { stage, position } = to.pipeline.enterable(to.stageId, 'input.stageId');
    const { owner, amount, lines, ...rest } = content;
    const deal = CrmRecord.born(Deal, id, by, at);
    Object.assign(deal, rest, valueOf(amount, lines), { ownerId: owner.id, teamId: owner.teamId });
    Object.assign(deal, { status: 'OPEN', lostReason: null, closedAt: null, countedAt: at });
    Object.assign(deal, { pipelineId: to.pipeline.id, stageId: stage.id, stagePosition: position });
    return [deal.say(DealCreated, {}, at)];
  }

  /** What is left out stays. An owner brings his team. */
  update(patch: Partial<DealContent>, occurredAt: Date | null, now: Date): DomainEvent[] {
    this.status = this.after('update');
    const before = this.state();
    const { owner, amount, lines, ...rest } = patch;
    Object.assign(this, rest);
    if (owner && owner.id !== this.ownerId) Object.assign(this, { ownerId: owner.id, teamId: owner.teamId });
    if (amount !== undefined || lines) {
      const standing = lines && lines.length === 0 ? this.money : null;
      Object.assign(this, valueOf(amount === undefined ? standing : amount, lines ?? this.pricedLines));
    }
    const changes = changesBetween(before, this.state());
    if (!changes) return [];
    if (!counted.some((field) => field in changes)) return [this.say(DealUpdated, {}, occurredAt ?? now)];
    return [this.say(DealUpdated, {}, this.count(occurredAt, now))];
  }

  /** Its owner has left: it is somebody else's, and in his team. */
  handOver(owner: Successor, at: Date): DomainEvent[] {
    return this.update({ owner }, null, at);
  }

  /** Refuses with `STAGE_IN_ANOTHER_PIPELINE` where the pipeline is not the deal's. */
  move(pipeline: Pipeline, stageId: Id, occurredAt: Date | null, now: Date): DomainEvent[] {
    this.status = this.after('move');
    if (pipeline.id !== this.pipelineId)
      throw new DomainError(
        'STAGE_IN_ANOTHER_PIPELINE',
        "This stage belongs to another pipeline. Choose a stage of the deal's own.",
        'stageId',
      );
    const { stage, position } = pipeline.enterable(stageId);
    if (stage.id === this.stageId)
      throw new DomainError('INVALID_VALUE', `The deal is in the stage “${stage.name}” already.`, 'stageId');
    const fromStageId = this.stageId;
    this.stageId = stage.id;
    this.stagePosition = position;
    return [this.say(DealMoved, { fromStageId, toStageId: stage.id }, this.count(occurredAt, now))];
  }

  win(occurredAt: Date | null, now: Date): DomainEvent[] {
    this.status = this.after('win');
    this.closedAt = this.count(occurredAt, now);
    return [this.say(DealWon, {}, this.closedAt)];
  }

  lose(reason: LostReason, note: string | null, occurredAt: Date | null, now: Date): DomainEvent[] {
    this.status = this.after('lose');
    this.lostReason = reason;
    this.closedAt = this.count(occurredAt, now);
    return [this.say(DealLost, { note }, this.closedAt)];
  }

  /** Back to the stage it closed in, which must be in use: `PIPELINE_ARCHIVED`, `STAGE_ARCHIVED`. */
  reopen(pipeline: Pipeline, occurredAt: Date | null, now: Date): DomainEvent[] {
    this.status = this.after('reopen');
    this.stagePosition = pipeline.enterable(this.stageId, 'id').position;
    this.lostReason = null;
    this.closedAt = null;
    return [this.say(DealReopened, {}, this.count(occurredAt, now))];
  }

  /** What the deal does not know yet of its customer, of what is offered. */
  lacks({ companyId, contactId, leadId }: DealLinks): DealLinks {
    return {
      companyId: this.companyId === null ? companyId : null,
      contactId: this.contactId === null ? contactId : null,
      leadId: this.leadId === null ? leadId : null,
    };
  }

  /** A conversion found the deal there already: what it lacks is filled in. */
  link(links: DealLinks, now: Date): DomainEvent[] {
    const known = Object.entries(this.lacks(links)).filter(([, id]) => id !== null);
    return this.update(Object.fromEntries(known), null, now);
  }

  /** Takes back what was linked, where it still stands. */
  unlink(links: DealLinks, now: Date): DomainEvent[] {
    const keys = ['companyId', 'contactId', 'leadId'] as const;
    const standing = keys.filter((key) => links[key] !== null && links[key] === this[key]);
    return this.update(Object.fromEntries(standing.map((key) => [key, null])), null, now);
  }

  /** The conversion that made it was undone: the deal is gone. */
  withdraw(now: Date): DomainEvent[] {
    return [this.say(DealWithdrawn, {}, now)];
  }

  get money(): Money | null {
    return this.amount === null || this.currency === null ? null : { amount: this.amount, currency: this.currency };
  }

  private get pricedLines(): PricedLine[] {
    const { currency } = this;
    if (currency === null) return [];
    return this.lines.map(({ price, ...line }) => ({ ...line, price: { amount: price, currency } }));
  }

  private after(verb: DealVerb): DealStatus {
    const status = transitions[this.status][verb];
    if (status) return status;
    if (this.status === 'OPEN')
      throw new DomainError('DEAL_OPEN', 'The deal is open; there is nothing to reopen.', 'id');
    throw new DomainError(
      'DEAL_CLOSED',
      `The deal is ${this.status === 'WON' ? 'won' : 'lost'}. Reopen it first, then repeat this.`,
      'id',
    );
  }

  /** When a counted change happened. Without a time of its own it is now, and never before the last one (clocks differ a little). */
  private count(occurredAt: Date | null, now: Date): Date {
    if (occurredAt && occurredAt < this.countedAt)
      throw new DomainError(
        'INVALID_DATE',
        `This would have happened before the deal's last change, of ${this.countedAt.toISOString()}. Say a time after it.`,
        'occurredAt',
      );
    this.countedAt = occurredAt ?? (now < this.countedAt ? this.countedAt : now);
    return this.countedAt;
  }
}
