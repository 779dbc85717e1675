import {
  ConversionAdvanced,
  ConversionCompleted,
  ConversionRequested,
  ConversionUndoing,
  ConversionUndone,
  DomainError,
  type ConversionPartState,
  type ConversionState,
  type ConversionStatus,
  type Id,
} from '@voronka/contracts';
import { CrmRecord, type DomainEvent } from '@voronka/service-kit/record';
import { Column, Entity } from 'typeorm';
import { Lead } from '../lead/lead.js';
import { partsOf, type Choices, type NewIds } from './parts.js';

type Answer = ConversionPartState['status'];

/**
 * How a lead becomes a company, a contact and a deal, which live in two other services: it is asked of both, and done when
 * both have made their parts. If one refuses, or a person cancels, what was made is undone and the lead is what it was.
 */
@Entity('conversion')
export class Conversion extends CrmRecord<ConversionState> {
  static readonly guarding = { type: () => Lead, key: 'leadId' };
  /** Nobody has said what was chosen: asking again is no repetition. */
  static readonly recalled = () => ({ fingerprint: '' });
  @Column('uuid') leadId: Id;
  @Column('text') status: ConversionStatus;
  @Column('uuid') ownerId: Id;
  @Column('text', { nullable: true }) source: string | null;
  @Column('text', { nullable: true }) note: string | null;
  @Column('jsonb', { nullable: true }) company: ConversionState['company'];
  @Column('jsonb', { nullable: true }) contact: ConversionState['contact'];
  @Column('jsonb', { nullable: true }) deal: ConversionState['deal'];
  /** The latest answer of accounts, which makes company and contact; null until it comes. */
  @Column('text', { nullable: true }) accounts: Answer | null;
  /** The latest answer of deals. */
  @Column('text', { nullable: true }) deals: Answer | null;
  /** Why it failed; null where it did not, or was cancelled by a person. */
  @Column('text', { nullable: true }) code: string | null;
  @Column('text', { nullable: true }) reason: string | null;

  state(): ConversionState {
    return {
      id: this.id,
      leadId: this.leadId,
      status: this.status,
      ownerId: this.ownerId,
      source: this.source,
      note: this.note,
      requestedBy: this.createdBy ?? this.ownerId,
      requestedAt: this.createdAt.toISOString(),
      company: this.company,
      contact: this.contact,
      deal: this.deal,
    };
  }

  /** Begins the conversion of a lead; `at` is when it was asked for. Refuses as `partsOf` does, and a lead that is not open. */
  static request(
    lead: Lead,
    choices: Choices,
    ids: NewIds & { conversion: Id },
    by: { person: Id | null; fingerprint: string },
    at: Date,
  ): DomainEvent[] {
    const started = lead.startConversion(ids.conversion, at);
    const conversion = CrmRecord.born(Conversion, ids.conversion, by.person, at);
    const { ownerId, source, note } = lead;
    const unanswered = { status: 'RUNNING', accounts: null, deals: null, code: null, reason: null };
    const about = { leadId: lead.id, ownerId, source, note, fingerprint: by.fingerprint };
    Object.assign(conversion, about, partsOf(lead, choices, ids), unanswered);
    return [...started, conversion.say(ConversionRequested, {}, at)];
  }

  /**
   * Accounts or deals answered. The two are heard in any order, and what one has made before it learns that all shall be
   * undone is no news; an answer after the end changes nothing.
   */
  answer(
    part: 'accounts' | 'deals',
    { status, code, reason }: ConversionPartState,
    lead: Lead,
    now: Date,
  ): DomainEvent[] {
    if (this.ended) return [];
    this[part] = status;
    const answered = this.say(ConversionAdvanced, { part, answer: status }, now);
    return [answered, ...this.next(lead, code ?? 'INTERNAL', reason ?? 'A part of the conversion was refused.', now)];
  }

  /** A person takes it back. Refuses with `CONVERSION_ENDED` what is done or undone already. */
  cancel(at: Date): DomainEvent[] {
    if (this.ended)
      throw new DomainError('CONVERSION_ENDED', 'This conversion has ended; there is nothing to cancel.', 'id');
    return this.status === 'UNDOING' ? [] : [this.undo(null, 'The conversion was cancelled.', at)];
  }

  get ended(): boolean {
    return this.status !== 'RUNNING' && this.status !== 'UNDOING';
  }

  private next(lead: Lead, code: string, reason: string, now: Date): DomainEvent[] {
    const answers = [this.accounts, this.deals];
    if (this.status === 'RUNNING') {
      if (answers.includes('REFUSED')) return [this.undo(code, reason, now)];
      return answers.every((answer) => answer === 'MADE') ? this.complete(lead) : [];
    }
    return answers.every((answer) => answer === 'REFUSED' || answer === 'UNDONE') ? this.end(lead, now) : [];
  }

  /** In the business the lead was converted when it was asked for, however long the services took. */
  private complete(lead: Lead): DomainEvent[] {
    this.status = 'DONE';
    return [this.say(ConversionCompleted, {}, this.createdAt), ...lead.completeConversion(this.createdAt)];
  }

  private undo(code: string | null, reason: string, at: Date): DomainEvent {
    Object.assign(this, { status: 'UNDOING', code, reason });
    return this.say(ConversionUndoing, { code, reason }, at);
  }

  private end(lead: Lead, at: Date): DomainEvent[] {
    this.status = this.code === null ? 'CANCELLED' : 'FAILED';
    const returned = lead.returnFromConversion(this.code, this.reason ?? '', at);
    return [this.say(ConversionUndone, {}, at), ...returned];
  }
}
