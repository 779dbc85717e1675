import { Injectable } from '@nestjs/common';
import { personOf, prose, type Actor, type DisqualifyReason, type Id } from '@voronka/contracts';
import {
  check,
  checkPatch,
  Directory,
  happened,
  id as anId,
  one,
  optional,
  References,
  Store,
  type DomainEvent,
  type ImportOutcome,
  type ListArgs,
  type Page,
  type Verb,
} from '@voronka/service-kit';
import {
  columnsOf,
  importedLead,
  leadDetails,
  leadList,
  newLead,
  type CreateLeadInput,
  type ImportLeadInput,
  type UpdateLeadInput,
} from './lead.graphql.js';
import { Lead } from './lead.js';

const note = optional(prose(2_000));

/** What people do with leads, each in one transaction. */
@Injectable()
export class LeadService {
  constructor(
    private readonly store: Store,
    private readonly directory: Directory,
    private readonly references: References,
  ) {}

  /** Refuses with `OWNER_NOT_FOUND`, `PRODUCT_NOT_FOUND`, `REQUIRED`, `CONFLICT` and the codes of bad input. */
  async create(by: Actor, { id, ...input }: CreateLeadInput, occurredAt: Date | null = null): Promise<Lead> {
    const content = check(newLead, input);
    const { ownerId, ...details } = content;
    const owner = await this.requireOthers(ownerId ?? by.id, details.productIds);
    const from = { id: id ?? null, content: { ...content, occurredAt } };
    const { record } = await this.store.create(by, Lead, from, (_, newId, now) =>
      Lead.capture(newId, columnsOf(details), owner, personOf(by), happened(occurredAt, now)),
    );
    return record;
  }

  async update(by: Actor, verb: Verb, patch: UpdateLeadInput): Promise<Lead> {
    const details = checkPatch(leadDetails, patch);
    await this.references.requireAll('product', details.productIds ?? [], 'input.productIds');
    return this.change(by, verb, (lead, at) => lead.update(columnsOf(details), at));
  }

  /** Refuses with `OWNER_NOT_FOUND` where nobody active has that id. */
  async assign(by: Actor, verb: Verb, ownerId: Id): Promise<Lead> {
    await this.directory.requireActive(check(anId, ownerId, 'ownerId'), 'ownerId');
    return this.change(by, verb, (lead, at) => lead.assign(ownerId, at));
  }

  start(by: Actor, verb: Verb): Promise<Lead> {
    return this.change(by, verb, (lead, at) => lead.start(at));
  }

  qualify(by: Actor, verb: Verb): Promise<Lead> {
    return this.change(by, verb, (lead, at) => lead.qualify(at));
  }

  disqualify(by: Actor, verb: Verb, reason: DisqualifyReason, text?: string | null): Promise<Lead> {
    const said = check(note, text, 'note');
    return this.change(by, verb, (lead, at) => lead.disqualify(reason, said, at));
  }

  reopen(by: Actor, verb: Verb): Promise<Lead> {
    return this.change(by, verb, (lead, at) => lead.reopen(at));
  }

  /** Leads from another system, with the business times they had there. Rows are answered one by one, 500 at most. */
  import(by: Actor, rows: readonly ImportLeadInput[]): Promise<ImportOutcome[]> {
    return this.store.importRows(Lead, rows, async (row, id) => {
      const content = check(importedLead, row, '');
      const { externalId, createdAt, history, ownerId, ...details } = content;
      const owner = await this.requireOthers(ownerId ?? by.id, details.productIds);
      return this.store.create(by, Lead, { id, externalId, content }, (_, newId, now) => {
        history.forEach(({ at }, i) => happened(at, now, `history.${i}.at`));
        const at = happened(createdAt, now, 'createdAt');
        return Lead.capture(newId, columnsOf(details), owner, personOf(by), at, history);
      });
    });
  }

  find(by: Actor, id: Id): Promise<Lead | null> {
    return this.store.find(by, Lead, id);
  }

  byIds(by: Actor, ids: readonly Id[]): Promise<(Lead | null)[]> {
    return this.store.byIds(by, Lead, ids);
  }

  list(by: Actor, args: ListArgs): Promise<Page<Lead>> {
    return this.store.list(by, leadList, args);
  }

  private async change(by: Actor, verb: Verb, rule: (lead: Lead, at: Date) => DomainEvent[]): Promise<Lead> {
    const { id, expectedVersion, occurredAt } = verb;
    const { lead } = await this.store.write(by, { lead: one(Lead, id, expectedVersion) }, (locked, now) =>
      rule(locked.lead, happened(occurredAt, now)),
    );
    return lead;
  }

  private async requireOthers(ownerId: Id, productIds: readonly Id[]): Promise<Id> {
    await this.directory.requireActive(ownerId, 'input.ownerId');
    await this.references.requireAll('product', productIds, 'input.productIds');
    return ownerId;
  }
}
