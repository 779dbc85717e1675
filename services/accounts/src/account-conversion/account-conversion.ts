import {
  AccountConversionMade,
  AccountConversionRefused,
  AccountConversionUndone,
  DomainError,
  type ConversionPartState,
  type ConversionState,
} from '@voronka/contracts';
import { CrmRecord, type DomainEvent } from '@voronka/service-kit/record';
import { Column, Entity } from 'typeorm';
import { Company, noSuchCompany } from '../company/company.js';
import { Contact } from '../contact/contact.js';

/** What is here already of the company and the contact a conversion names. */
export interface Found {
  readonly company: Company | null;
  readonly contact: Contact | null;
}

/**
 * This service's part in a conversion, under the conversion's id: a company and a contact, each new, existing or none, and
 * the link between them. It remembers that it was undone, so that a request that comes late makes nothing.
 */
@Entity('account_conversion')
export class AccountConversion extends CrmRecord<ConversionPartState> {
  static readonly guarding = 'ours';
  @Column('uuid') leadId: ConversionPartState['leadId'];
  @Column('text') status: ConversionPartState['status'];
  @Column('text', { nullable: true }) code: string | null;
  @Column('text', { nullable: true }) reason: string | null;
  /** Whether the contact was linked to the company here, so that undoing unlinks it. */
  @Column('boolean') linked: boolean;
  /** Nobody has said whether it was linked; a link too many does less harm than one that is missing. */
  static readonly recalled = () => ({ linked: false });

  state(): ConversionPartState {
    const { id, leadId, status, code, reason } = this;
    return { id, leadId, status, code, reason };
  }

  /**
   * Makes what is new and checks what exists; both are linked. `at` is when the conversion was asked for. Refuses with
   * `COMPANY_NOT_FOUND`, `CONTACT_NOT_FOUND`, and `CONFLICT` where something else stands under a chosen id.
   */
  static make(asked: ConversionState, found: Found, at: Date, now: Date): DomainEvent[] {
    const { company, contact, leadId, requestedBy, ownerId, note } = asked;
    if ((company?.kind === 'new' && found.company) || (contact?.kind === 'new' && found.contact))
      throw new DomainError('CONFLICT', 'Something else stands under the id that was chosen. Convert again.');
    if (company?.kind === 'existing' && !found.company) throw noSuchCompany('input.company.existingId');
    if (contact?.kind === 'existing' && !found.contact)
      throw new DomainError('CONTACT_NOT_FOUND', 'There is no contact with this id.', 'input.contact.existingId');

    const from = { by: requestedBy, leadId };
    const events: DomainEvent[] = [];
    let person = found.contact;
    if (company?.kind === 'new') {
      const { name, phones, emails, address, site } = company;
      const details = { name, phones, emails, address, site, note, ownerId };
      events.push(...Company.register(company.id, { ...details, ...untold.company }, from, at));
    }
    if (contact?.kind === 'new') {
      const { name, phones, emails, address } = contact;
      const details = { name, phones, emails, address, ownerId, note: company?.kind === 'new' ? null : note };
      const registered = Contact.register(contact.id, { ...details, ...untold.contact }, from, at);
      person = registered[0]?.record as Contact;
      events.push(...registered);
    }
    const link = company && person && !person.belongsTo(company.id) ? person.link(company.id, {}, at) : [];
    const part = AccountConversion.answer(asked, { status: 'MADE', linked: link.length > 0 }, now);
    return [...events, ...link, part.say(AccountConversionMade, {}, now)];
  }

  static refuse(asked: ConversionState, { code, message }: DomainError, now: Date): DomainEvent[] {
    const part = AccountConversion.answer(asked, { status: 'REFUSED', code, reason: message.slice(0, 1_000) }, now);
    return [part.say(AccountConversionRefused, {}, now)];
  }

  /** It was taken back before it was asked for: nothing will be made. */
  static forestall(asked: ConversionState, now: Date): DomainEvent[] {
    return [AccountConversion.answer(asked, { status: 'UNDONE' }, now).say(AccountConversionUndone, {}, now)];
  }

  /**
   * Takes back what was made. `members` and `children` are the contacts and companies that have come to belong to a new
   * company meanwhile: they stay, without it.
   */
  undo(
    asked: ConversionState,
    { company, contact, members, children }: Found & { members: readonly Contact[]; children: readonly Company[] },
    now: Date,
  ): DomainEvent[] {
    if (this.status !== 'MADE') return [];
    const leaving = asked.contact?.kind === 'new' ? contact : null;
    const events: DomainEvent[] = [];
    if (company && asked.company?.kind === 'new') {
      const staying = members.filter((member) => member !== leaving);
      events.push(...staying.flatMap((member) => member.unlink(company.id, now)));
      events.push(...children.flatMap((child) => child.update({ parentId: null }, [], now)));
      events.push(...company.withdraw(now));
    } else if (this.linked && company && contact?.belongsTo(company.id) && !leaving)
      events.push(...contact.unlink(company.id, now));
    if (leaving) events.push(...leaving.withdraw(now));
    this.status = 'UNDONE';
    return [...events, this.say(AccountConversionUndone, {}, now)];
  }

  private static answer(
    { id, leadId, requestedBy }: ConversionState,
    given: Partial<AccountConversion>,
    now: Date,
  ): AccountConversion {
    const part = CrmRecord.born(AccountConversion, id, requestedBy, now);
    return Object.assign(part, { leadId, code: null, reason: null, linked: false }, given);
  }
}

/** What a lead does not tell. */
const untold = { company: { parentId: null, industry: null, employees: null }, contact: { position: null } };
