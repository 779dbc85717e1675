import {
  ContactCreated,
  ContactLinked,
  ContactUnlinked,
  ContactUpdated,
  ContactWithdrawn,
  DomainError,
  type Address,
  type ContactPoint,
  type ContactState,
  type Id,
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

/** What people say of a contact. */
export type ContactDetails = Pick<Contact, 'name' | 'position' | 'phones' | 'emails' | 'address' | 'note' | 'ownerId'>;
/** A company the person belongs to, and as what. */
export type Membership = ContactState['companies'][number];

const MOST_COMPANIES = 100;

/** A contact is a person of the customer base, who may belong to several companies, to one of them first of all. */
@Entity('contact')
export class Contact extends SharedRecord<ContactState> implements Heirloom {
  @Column('text') name: string;
  @Column('text', { nullable: true }) position: string | null;
  @Column('jsonb') phones: readonly ContactPoint[];
  @Column('jsonb') emails: readonly ContactPoint[];
  @Column('jsonb', { nullable: true }) address: Address | null;
  @Column('text', { nullable: true }) note: string | null;
  /** The lead it was converted from, if it was. */
  @Column('uuid', { nullable: true }) leadId: Id | null;
  /** In the order they were linked; at most one is primary. */
  @Column('jsonb') companies: readonly Membership[];

  protected get updated() {
    return ContactUpdated;
  }

  state(): ContactState {
    return {
      id: this.id,
      name: this.name,
      position: this.position,
      phones: [...this.phones],
      emails: [...this.emails],
      address: this.address,
      note: this.note,
      ownerId: this.ownerId,
      leadId: this.leadId,
      companies: [...this.companies],
      ...this.shares,
    };
  }

  /** A person joins the customer base; `at` is when, in the business. */
  static register(
    id: Id,
    details: ContactDetails,
    { by, leadId = null }: { by: Id | null; leadId?: Id | null },
    at: Date,
  ): DomainEvent[] {
    const contact = CrmRecord.born(Contact, id, by, at);
    Object.assign(contact, details, { leadId, companies: [] });
    return [contact.say(ContactCreated, {}, at)];
  }

  /** Changes what is known; the details that are left out stay. */
  update(patch: Partial<ContactDetails>, at: Date): DomainEvent[] {
    const before = this.state();
    Object.assign(this, patch);
    return changesBetween(before, this.state()) ? [this.say(ContactUpdated, {}, at)] : [];
  }

  /** Its owner has left. */
  handOver({ id }: Successor, at: Date): DomainEvent[] {
    return this.update({ ownerId: id }, at);
  }

  /**
   * The person belongs to a company. Where nothing is said of `primary`, the first company is; a new primary takes the place
   * of the old one. Refuses with `LINK_EXISTS`, and with `TOO_MANY` above 100 companies.
   */
  link(
    companyId: Id,
    { role = null, primary }: { role?: string | null; primary?: boolean | null },
    at: Date,
  ): DomainEvent[] {
    if (this.belongsTo(companyId))
      throw new DomainError('LINK_EXISTS', 'The contact belongs to this company already.', 'companyId');
    if (this.companies.length >= MOST_COMPANIES)
      throw new DomainError('TOO_MANY', `A contact belongs to at most ${MOST_COMPANIES} companies.`, 'companyId');
    const isPrimary = primary ?? !this.companies.some((c) => c.primary);
    const others = isPrimary ? this.companies.map((c) => ({ ...c, primary: false })) : this.companies;
    this.companies = [...others, { companyId, role, primary: isPrimary }];
    return [this.say(ContactLinked, { companyId }, at)];
  }

  /** The person no longer belongs to a company. Refuses with `LINK_NOT_FOUND`. */
  unlink(companyId: Id, at: Date): DomainEvent[] {
    if (!this.belongsTo(companyId))
      throw new DomainError('LINK_NOT_FOUND', 'The contact does not belong to this company.', 'companyId');
    this.companies = this.companies.filter((c) => c.companyId !== companyId);
    return [this.say(ContactUnlinked, { companyId }, at)];
  }

  belongsTo(companyId: Id): boolean {
    return this.companies.some((c) => c.companyId === companyId);
  }

  /** It was made by a conversion that is undone: it is no more. */
  withdraw(at: Date): DomainEvent[] {
    return [this.say(ContactWithdrawn, {}, at)];
  }
}
