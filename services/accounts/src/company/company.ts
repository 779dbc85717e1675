import {
  CompanyCreated,
  CompanyUpdated,
  CompanyWithdrawn,
  DomainError,
  type Address,
  type CompanyState,
  type ContactPoint,
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

/** What people say of a company. */
export type CompanyDetails = Pick<
  Company,
  'name' | 'parentId' | 'phones' | 'emails' | 'address' | 'site' | 'industry' | 'employees' | 'note' | 'ownerId'
>;

export const noSuchCompany = (field: string) =>
  new DomainError('COMPANY_NOT_FOUND', 'There is no company with this id. Choose one from `companies`.', field);

/**
 * A company of the customer base: whom deals are made with, and where contacts work. It may belong to a parent company, as
 * a branch or a subsidiary does.
 */
@Entity('company')
export class Company extends SharedRecord<CompanyState> implements Heirloom {
  @Column('text') name: string;
  @Column('uuid', { nullable: true }) parentId: Id | null;
  @Column('jsonb') phones: readonly ContactPoint[];
  @Column('jsonb') emails: readonly ContactPoint[];
  @Column('jsonb', { nullable: true }) address: Address | null;
  @Column('text', { nullable: true }) site: string | null;
  @Column('text', { nullable: true }) industry: string | null;
  @Column('integer', { nullable: true }) employees: number | null;
  @Column('text', { nullable: true }) note: string | null;
  /** The lead it was converted from, if it was. */
  @Column('uuid', { nullable: true }) leadId: Id | null;

  protected get updated() {
    return CompanyUpdated;
  }

  state(): CompanyState {
    return {
      id: this.id,
      name: this.name,
      parentId: this.parentId,
      phones: [...this.phones],
      emails: [...this.emails],
      address: this.address,
      site: this.site,
      industry: this.industry,
      employees: this.employees,
      note: this.note,
      ownerId: this.ownerId,
      leadId: this.leadId,
      ...this.shares,
    };
  }

  /** A company joins the customer base; `at` is when it did, in the business. */
  static register(
    id: Id,
    details: CompanyDetails,
    { by, leadId = null }: { by: Id | null; leadId?: Id | null },
    at: Date,
  ): DomainEvent[] {
    const company = CrmRecord.born(Company, id, by, at);
    Object.assign(company, details, { leadId });
    return [company.say(CompanyCreated, {}, at)];
  }

  /**
   * Changes what is known; the details that are left out stay. `above` are the new parent and all above it, in this order,
   * where the parent changes. Refuses with `COMPANY_CYCLE` a parent that lies below the company.
   */
  update(patch: Partial<CompanyDetails>, above: readonly Company[], at: Date): DomainEvent[] {
    if (patch.parentId) this.requireNotAbove(patch.parentId, above);
    const before = this.state();
    Object.assign(this, patch);
    return changesBetween(before, this.state()) ? [this.say(CompanyUpdated, {}, at)] : [];
  }

  /** Its owner has left. */
  handOver({ id }: Successor, at: Date): DomainEvent[] {
    return this.update({ ownerId: id }, [], at);
  }

  /** It was made by a conversion that is undone: it is no more. */
  withdraw(at: Date): DomainEvent[] {
    return [this.say(CompanyWithdrawn, {}, at)];
  }

  private requireNotAbove(parentId: Id, above: readonly Company[]): void {
    let next: Id | null = parentId;
    for (const company of above) {
      if (company.id !== next) throw movedOn();
      if (next === this.id)
        throw new DomainError(
          'COMPANY_CYCLE',
          'This company is the one above, or above it already. Choose another parent.',
          'input.parentId',
        );
      next = company.parentId;
    }
    if (next) throw movedOn();
  }
}

const movedOn = () =>
  new DomainError(
    'CONFLICT',
    'The companies above were moved at the same moment. Repeat your change.',
    'input.parentId',
  );
