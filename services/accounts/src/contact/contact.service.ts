import { Injectable } from '@nestjs/common';
import { personOf, type Actor, type Id } from '@voronka/contracts';
import {
  check,
  checkPatch,
  Directory,
  happened,
  id as anId,
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
import type { z } from 'zod';
import { Company, noSuchCompany } from '../company/company.js';
import {
  contactList,
  contactPatch,
  importedContact,
  newContact,
  role as aRole,
  type CreateContactInput,
  type ImportContactInput,
  type UpdateContactInput,
} from './contact.graphql.js';
import { Contact } from './contact.js';

/** Where a contact keeps the companies it belongs to. */
export const memberships = { column: 'companies', key: 'companyId' };

/** What people do with contacts, each in one transaction. */
@Injectable()
export class ContactService {
  constructor(
    private readonly store: Store,
    private readonly directory: Directory,
  ) {}

  /** Refuses with `OWNER_NOT_FOUND`, `COMPANY_NOT_FOUND`, `CONFLICT` and the codes of bad input. */
  async create(by: Actor, { id, ...input }: CreateContactInput, occurredAt: Date | null = null): Promise<Contact> {
    const content = check(newContact, input);
    const from = { id: id ?? null, content: { ...content, occurredAt } };
    return (await this.register(by, from, content, (now) => happened(occurredAt, now))).record;
  }

  /** Refuses with `OWNER_NOT_FOUND` and the codes of bad input. */
  async update(by: Actor, { id, expectedVersion, occurredAt }: Verb, input: UpdateContactInput): Promise<Contact> {
    const patch = checkPatch(contactPatch, input);
    if (patch.ownerId) await this.directory.requireActive(patch.ownerId, 'input.ownerId');
    const { contact } = await this.store.write(by, { contact: one(Contact, id, expectedVersion) }, (locked, now) =>
      locked.contact.update(patch, happened(occurredAt, now)),
    );
    return contact;
  }

  /** Refuses with `COMPANY_NOT_FOUND` and `LINK_EXISTS`. */
  async link(
    by: Actor,
    { contactId, companyId, occurredAt, expectedVersion }: Link,
    { role, primary }: { role?: string | null; primary?: boolean | null },
  ): Promise<Contact> {
    const as = { role: check(aRole, role, 'role'), primary: primary ?? null };
    const slots = {
      contact: one(Contact, contactId, expectedVersion, 'contactId'),
      company: maybe(Company, companyId, 'companyId'),
    };
    const { contact } = await this.store.write(by, slots, (locked, now) => {
      if (!locked.company) throw noSuchCompany('companyId');
      return locked.contact.link(companyId, as, happened(occurredAt, now));
    });
    return contact;
  }

  /** Refuses with `LINK_NOT_FOUND`. */
  async unlink(by: Actor, { contactId, companyId, occurredAt, expectedVersion }: Link): Promise<Contact> {
    check(anId, companyId, 'companyId');
    const slots = { contact: one(Contact, contactId, expectedVersion, 'contactId') };
    const { contact } = await this.store.write(by, slots, (locked, now) =>
      locked.contact.unlink(companyId, happened(occurredAt, now)),
    );
    return contact;
  }

  /** Contacts from another system. Rows are answered one by one, 500 at most. */
  import(by: Actor, rows: readonly ImportContactInput[]): Promise<ImportOutcome[]> {
    return this.store.importRows(Contact, rows, async (row, id) => {
      const content = check(importedContact, row, '');
      const { externalId, createdAt, ...given } = content;
      return this.register(by, { id, externalId, content }, given, (now) => happened(createdAt, now, 'createdAt'));
    });
  }

  find(by: Actor, id: Id, wanted: WantedProperties = null): Promise<Contact | null> {
    return this.store.find(by, Contact, id, wanted);
  }

  byIds(by: Actor, ids: readonly Id[], wanted: WantedProperties = null): Promise<(Contact | null)[]> {
    return this.store.byIds(by, Contact, ids, wanted);
  }

  list(by: Actor, args: ListArgs, wanted: WantedProperties = null): Promise<Page<Contact>> {
    return this.store.list(by, contactList, args, { wanted });
  }

  /** The people of each of several companies, the newest first. */
  ofCompanies(by: Actor, companyIds: readonly Id[], first: number): Promise<Contact[][]> {
    return this.store.listing(by, Contact, memberships, companyIds, first);
  }

  private async register(
    by: Actor,
    from: { id: Id | null; externalId?: string; content: object },
    { companyId, role, ...given }: z.output<typeof newContact>,
    when: (now: Date) => Date,
  ): Promise<Created<Contact>> {
    const ownerId = given.ownerId ?? by.id;
    await this.directory.requireActive(ownerId, 'input.ownerId');
    const uses = { company: maybe(Company, companyId) };
    return this.store.create(by, Contact, { ...from, uses }, ({ company }, id, now) => {
      const at = when(now);
      const registered = Contact.register(id, { ...given, ownerId }, { by: personOf(by) }, at);
      if (!companyId) return registered;
      if (!company) throw noSuchCompany('input.companyId');
      return [...registered, ...(registered[0]?.record as Contact).link(companyId, { role }, at)];
    });
  }
}

/** A contact and a company, as the caller names them. */
export interface Link {
  contactId: Id;
  companyId: Id;
  expectedVersion?: number | null;
  occurredAt?: Date | null;
}
