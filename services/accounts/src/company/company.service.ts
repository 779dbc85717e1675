import { Injectable } from '@nestjs/common';
import { personOf, type Actor, type Id } from '@voronka/contracts';
import {
  check,
  checkPatch,
  Directory,
  happened,
  many,
  maybe,
  one,
  Store,
  type Created,
  type ImportOutcome,
  type ListArgs,
  type Page,
  type Verb,
  type WantedProperties,
} from '@voronka/service-kit';
import {
  companyList,
  companyPatch,
  importedCompany,
  newCompany,
  type CreateCompanyInput,
  type ImportCompanyInput,
  type UpdateCompanyInput,
} from './company.graphql.js';
import { Company, noSuchCompany, type CompanyDetails } from './company.js';

/** What people do with companies, each in one transaction. */
@Injectable()
export class CompanyService {
  constructor(
    private readonly store: Store,
    private readonly directory: Directory,
  ) {}

  /** Refuses with `OWNER_NOT_FOUND`, `COMPANY_NOT_FOUND` (the parent), `CONFLICT` and the codes of bad input. */
  async create(by: Actor, { id, ...input }: CreateCompanyInput, occurredAt: Date | null = null): Promise<Company> {
    const content = check(newCompany, input);
    const from = { id: id ?? null, content: { ...content, occurredAt } };
    return (await this.register(by, from, content, (now) => happened(occurredAt, now))).record;
  }

  /** Refuses with `OWNER_NOT_FOUND`, `COMPANY_NOT_FOUND` (the parent) and `COMPANY_CYCLE`. */
  async update(by: Actor, { id, expectedVersion, occurredAt }: Verb, input: UpdateCompanyInput): Promise<Company> {
    const patch = checkPatch(companyPatch, input);
    if (patch.ownerId) await this.directory.requireActive(patch.ownerId, 'input.ownerId');
    const above = await this.lineOf(by, patch.parentId ?? null);
    const slots = { company: one(Company, id, expectedVersion), above: many(Company, above) };
    const { company } = await this.store.write(by, slots, (locked, now) =>
      locked.company.update(patch, locked.above, happened(occurredAt, now)),
    );
    return company;
  }

  /** Companies from another system. Rows are answered one by one, 500 at most; parents come before those that name them. */
  import(by: Actor, rows: readonly ImportCompanyInput[]): Promise<ImportOutcome[]> {
    return this.store.importRows(Company, rows, (row, id) => {
      const content = check(importedCompany, row, '');
      const { externalId, createdAt, ...details } = content;
      return this.register(by, { id, externalId, content }, details, (now) => happened(createdAt, now, 'createdAt'));
    });
  }

  find(by: Actor, id: Id, wanted: WantedProperties = null): Promise<Company | null> {
    return this.store.find(by, Company, id, wanted);
  }

  byIds(by: Actor, ids: readonly Id[], wanted: WantedProperties = null): Promise<(Company | null)[]> {
    return this.store.byIds(by, Company, ids, wanted);
  }

  list(by: Actor, args: ListArgs, wanted: WantedProperties = null): Promise<Page<Company>> {
    return this.store.list(by, companyList, args, { wanted });
  }

  /** The companies that belong to each of several, the newest first. */
  children(by: Actor, ids: readonly Id[], first: number): Promise<Company[][]> {
    return this.store.related(by, Company, 'parent_id', ids, first);
  }

  private async register(
    by: Actor,
    from: { id: Id | null; externalId?: string; content: object },
    details: Omit<CompanyDetails, 'ownerId'> & { ownerId: Id | null },
    when: (now: Date) => Date,
  ): Promise<Created<Company>> {
    const ownerId = details.ownerId ?? by.id;
    await this.directory.requireActive(ownerId, 'input.ownerId');
    const uses = { parent: maybe(Company, details.parentId) };
    return this.store.create(by, Company, { ...from, uses }, ({ parent }, id, now) => {
      if (details.parentId && !parent) throw noSuchCompany('input.parentId');
      return Company.register(id, { ...details, ownerId }, { by: personOf(by) }, when(now));
    });
  }

  /** The company and all above it, upwards; refuses with `COMPANY_NOT_FOUND`. The rule looks again once they are locked. */
  private async lineOf(by: Actor, parentId: Id | null): Promise<Id[]> {
    const line: Id[] = [];
    for (let next = parentId; next && !line.includes(next);) {
      const company = await this.store.find(by, Company, next);
      if (!company) throw noSuchCompany('input.parentId');
      line.push(next);
      next = company.parentId;
    }
    return line;
  }
}
