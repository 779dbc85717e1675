import {
  DealConversionMade,
  DealConversionRefused,
  DealConversionUndone,
  type ConversionPartState,
  type DomainError,
  type Id,
} from '@voronka/contracts';
import { CrmRecord, type DomainEvent } from '@voronka/service-kit/record';
import { Column, Entity } from 'typeorm';
import type { DealLinks } from '../deal/deal.js';

/** Which conversion asks, of which lead, for whom. */
export interface Asked {
  readonly id: Id;
  readonly leadId: Id;
  readonly by: Id | null;
}
/** What was done for a conversion: a deal was opened, an existing one got the links, or there was nothing to do. */
export type Part = { readonly opened: true } | { readonly linked: DealLinks } | null;

/**
 * This service's answer to a conversion, under the conversion's id. It remembers what was done, so that it can be taken
 * back; and that it was taken back, so that a request that comes late makes nothing.
 */
@Entity('deal_conversion')
export class DealConversion extends CrmRecord<ConversionPartState> {
  static readonly guarding = 'ours';
  @Column('uuid') leadId: Id;
  @Column('text') status: ConversionPartState['status'];
  @Column('text', { nullable: true }) code: string | null;
  @Column('text', { nullable: true }) reason: string | null;
  @Column('jsonb', { nullable: true }) part: Part;

  static made(asked: Asked, part: Part, now: Date): DomainEvent[] {
    const answer = DealConversion.answer(asked, { status: 'MADE', part }, now);
    return [answer.say(DealConversionMade, {}, now)];
  }

  static refused(asked: Asked, { code, message }: DomainError, now: Date): DomainEvent[] {
    const answer = DealConversion.answer(asked, { status: 'REFUSED', code, reason: message.slice(0, 1_000) }, now);
    return [answer.say(DealConversionRefused, {}, now)];
  }

  /** It was taken back before it was asked for: nothing will be made. */
  static forestalled(asked: Asked, now: Date): DomainEvent[] {
    const answer = DealConversion.answer(asked, { status: 'UNDONE' }, now);
    return [answer.say(DealConversionUndone, {}, now)];
  }

  state(): ConversionPartState {
    const { id, leadId, status, code, reason } = this;
    return { id, leadId, status, code, reason };
  }

  undo(now: Date): DomainEvent[] {
    this.status = 'UNDONE';
    return [this.say(DealConversionUndone, {}, now)];
  }

  private static answer(
    { id, leadId, by }: Asked,
    given: Pick<DealConversion, 'status'> & Partial<Pick<DealConversion, 'code' | 'reason' | 'part'>>,
    now: Date,
  ): DealConversion {
    const answer = CrmRecord.born(DealConversion, id, by, now);
    return Object.assign(answer, { leadId, code: null, reason: null, part: null }, given);
  }
}
