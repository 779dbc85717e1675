import {
  DomainError,
  LeadAssigned,
  LeadConversionStarted,
  LeadConverted,
  LeadCreated,
  LeadDisqualified,
  LeadQualified,
  LeadReopened,
  LeadReturned,
  LeadStarted,
  LeadUpdated,
  type Address,
  type ContactPoint,
  type DisqualifyReason,
  type Id,
  type LeadState,
  type LeadStatus,
  type Utm,
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
import { refusalOf, transitions, type LeadVerb } from './status.js';

/** What is known of a lead, as people type it. */
export type LeadDetails = Pick<
  Lead,
  | 'personName'
  | 'companyName'
  | 'phones'
  | 'emails'
  | 'address'
  | 'site'
  | 'source'
  | 'utm'
  | 'note'
  | 'productIds'
  | 'amount'
  | 'currency'
>;

/** A step of an imported lead's life: what it became, and when in the business. `reason` goes with DISQUALIFIED. */
export interface LeadStep {
  readonly status: 'WORKING' | 'QUALIFIED' | 'DISQUALIFIED';
  readonly at: Date;
  readonly reason: DisqualifyReason | null;
}

/**
 * A lead is somebody who may buy: a person or a company that wrote, called, filled in a form or stood on a list. Its owner
 * works it until it is worth a deal, and converts it; or gives it up, with a reason.
 */
@Entity('lead')
export class Lead extends SharedRecord<LeadState> implements Heirloom {
  @Column('text') status: LeadStatus;
  @Column('text', { nullable: true }) personName: string | null;
  @Column('text', { nullable: true }) companyName: string | null;
  @Column('jsonb') phones: readonly ContactPoint[];
  @Column('jsonb') emails: readonly ContactPoint[];
  @Column('jsonb', { nullable: true }) address: Address | null;
  @Column('text', { nullable: true }) site: string | null;
  /** Where it came from, in the organisation's own words: `web form`, `trade fair`. */
  @Column('text', { nullable: true }) source: string | null;
  @Column('jsonb', { nullable: true }) utm: Utm | null;
  @Column('text', { nullable: true }) note: string | null;
  @Column('jsonb') productIds: readonly Id[];
  /** What a deal may be worth, in minor units of `currency`. */
  @Column('bigint', { nullable: true }) amount: number | null;
  @Column('text', { nullable: true }) currency: string | null;
  @Column('text', { nullable: true }) disqualifyReason: DisqualifyReason | null;
  /** The latest conversion, also one that was undone. */
  @Column('uuid', { nullable: true }) conversionId: Id | null;
  /** While it is being converted: what it was before, and is again should the conversion be undone. */
  @Column('text', { nullable: true }) formerStatus: LeadStatus | null;

  protected get updated() {
    return LeadUpdated;
  }

  state(): LeadState {
    return {
      id: this.id,
      status: this.status,
      personName: this.personName,
      companyName: this.companyName,
      phones: [...this.phones],
      emails: [...this.emails],
      address: this.address,
      site: this.site,
      source: this.source,
      utm: this.utm,
      note: this.note,
      productIds: [...this.productIds],
      ownerId: this.ownerId,
      amount: this.amount,
      currency: this.currency,
      disqualifyReason: this.disqualifyReason,
      conversionId: this.conversionId,
      ...this.shares,
    };
  }

  /**
   * A lead comes in, at `at` in the business; an imported one brings what became of it since. Refuses with `REQUIRED` a
   * lead that names nobody, with `INVALID_DATE` a history that goes back in time.
   */
  static capture(
    id: Id,
    details: LeadDetails,
    ownerId: Id,
    by: Id | null,
    at: Date,
    history: readonly LeadStep[] = [],
  ): DomainEvent[] {
    const lead = CrmRecord.born(Lead, id, by, at);
    const unworked = { status: 'NEW', disqualifyReason: null, conversionId: null, formerStatus: null };
    Object.assign(lead, details, unworked, { ownerId });
    lead.requireName();
    const events = [lead.say(LeadCreated, {}, at)];
    history.forEach((step, i) => {
      if (step.at < (history[i - 1]?.at ?? at))
        throw new DomainError('INVALID_DATE', 'This lies before the step before it.', `input.history.${i}.at`);
      events.push(...lead.go(step));
    });
    return events;
  }

  /** Changes what is known; the details that are left out stay. */
  update(patch: Partial<LeadDetails>, at: Date): DomainEvent[] {
    this.status = this.after('update');
    const before = this.state();
    Object.assign(this, patch);
    this.requireName();
    return changesBetween(before, this.state()) ? [this.say(LeadUpdated, {}, at)] : [];
  }

  assign(ownerId: Id, at: Date): DomainEvent[] {
    this.status = this.after('assign');
    if (ownerId === this.ownerId) return [];
    this.ownerId = ownerId;
    return [this.say(LeadAssigned, {}, at)];
  }

  /** Its owner has left: it is somebody else's, also where nobody works it any more. */
  handOver({ id }: Successor, at: Date): DomainEvent[] {
    this.ownerId = id;
    return [this.say(LeadAssigned, {}, at)];
  }

  start(at: Date): DomainEvent[] {
    this.status = this.after('start');
    return [this.say(LeadStarted, {}, at)];
  }

  qualify(at: Date): DomainEvent[] {
    this.status = this.after('qualify');
    return [this.say(LeadQualified, {}, at)];
  }

  disqualify(reason: DisqualifyReason, note: string | null, at: Date): DomainEvent[] {
    this.status = this.after('disqualify');
    this.disqualifyReason = reason;
    return [this.say(LeadDisqualified, { note }, at)];
  }

  reopen(at: Date): DomainEvent[] {
    this.status = this.after('reopen');
    this.disqualifyReason = null;
    return [this.say(LeadReopened, {}, at)];
  }

  /** Whether it is on its way to a deal, or has become one. */
  get inConversion(): boolean {
    return this.status === 'CONVERTING' || this.status === 'CONVERTED';
  }

  /** The conversion begins; until it ends nothing else may happen to the lead. */
  startConversion(conversionId: Id, at: Date): DomainEvent[] {
    const former = this.status;
    this.status = this.after('convert');
    this.formerStatus = former;
    this.conversionId = conversionId;
    return [this.say(LeadConversionStarted, {}, at)];
  }

  /** Company, contact and deal are there. */
  completeConversion(at: Date): DomainEvent[] {
    this.status = this.after('complete');
    this.formerStatus = null;
    return [this.say(LeadConverted, {}, at)];
  }

  /** The conversion was undone: the lead is what it was. `code` is null where a person cancelled. */
  returnFromConversion(code: string | null, reason: string, at: Date): DomainEvent[] {
    this.status = this.after('return');
    this.formerStatus = null;
    return [this.say(LeadReturned, { code, reason }, at)];
  }

  /** The refusal of what the present status does not allow. */
  refusal(verb: LeadVerb): DomainError {
    return refusalOf(this.status, verb);
  }

  private after(verb: LeadVerb): LeadStatus {
    const next = transitions[this.status][verb];
    if (!next) throw this.refusal(verb);
    return next === 'FORMER' ? (this.formerStatus ?? 'WORKING') : next;
  }

  private go({ status, reason, at }: LeadStep): DomainEvent[] {
    if (status === 'DISQUALIFIED') return this.disqualify(reason ?? 'OTHER', null, at);
    if (status === 'QUALIFIED') return this.qualify(at);
    return this.status === 'DISQUALIFIED' ? this.reopen(at) : this.start(at);
  }

  private requireName(): void {
    if (this.personName === null && this.companyName === null)
      throw new DomainError('REQUIRED', 'Give the lead the name of a person or of a company.', 'input.personName');
  }
}
