import { Injectable } from '@nestjs/common';
import { DomainError, type Actor, type Id } from '@voronka/contracts';
import {
  check,
  checkPatch,
  Clock,
  Directory,
  happened,
  one,
  References,
  shared,
  Store,
  type Created,
  type ImportOutcome,
  type ListArgs,
  type Page,
  type Verb,
  type WantedProperties,
} from '@voronka/service-kit';
import type { z } from 'zod';
import { Pipeline } from '../pipeline/pipeline.js';
import { PipelineService } from '../pipeline/pipeline.service.js';
import { ProductService } from '../product/product.service.js';
import { relive } from './deal-history.js';
import type { PricedLine } from './deal-lines.js';
import type { CreateDealInput, ImportDealInput, UpdateDealInput } from './deal.graphql.js';
import { content, historyOf, imported, loss, opened, stagesOf, type Line } from './deal.input.js';
import { dealList } from './deal.list.js';
import { Deal, type DealContent, type DealLinks } from './deal.js';

const field = (name: string) => `input.${name}`;

@Injectable()
export class DealService {
  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
    private readonly directory: Directory,
    private readonly references: References,
    private readonly pipelines: PipelineService,
    private readonly products: ProductService,
  ) {}

  async create(by: Actor, { id: wanted = null, ...input }: CreateDealInput, occurredAt?: Date | null): Promise<Deal> {
    const checked = check(opened, input);
    const at = this.said(occurredAt);
    const deal = await this.contentOf(by, checked);
    const uses = { pipeline: shared(Pipeline, await this.pipelines.placeOf(by, checked, field)) };
    const from = { id: wanted, content: { ...checked, at }, uses };
    const { record } = await this.store.create(by, Deal, from, ({ pipeline }, id, now) =>
      Deal.open(id, deal, { pipeline, stageId: checked.stageId }, by.id, at ?? now),
    );
    return record;
  }

  /** Imports deals with their history. A row that was imported before is answered as it is now, whatever became of it since. */
  import(by: Actor, rows: readonly ImportDealInput[]): Promise<ImportOutcome[]> {
    return this.store.importRows(Deal, rows, (row, id) => this.importRow(by, check(imported, row), id));
  }

  private async importRow(by: Actor, row: z.output<typeof imported>, id: Id): Promise<Created<Deal>> {
    const { externalId, ...checked } = row;
    const steps = historyOf(checked.history, this.clock.now());
    const at = this.said(checked.createdAt, 'input.createdAt') ?? steps[0]?.at;
    const deal = await this.contentOf(by, checked);
    const pipelineId = await this.pipelines.placeOf(by, checked, field);
    for (const stage of stagesOf(steps)) await this.pipelines.requireHome(by, stage.stageId, pipelineId, stage.field);
    const from = { id, externalId, content: checked, uses: { pipeline: shared(Pipeline, pipelineId) } };
    return this.store.create(by, Deal, from, ({ pipeline }, newId, now) => {
      const events = Deal.open(newId, deal, { pipeline, stageId: checked.stageId }, by.id, at ?? now);
      return [...events, ...relive(events[0]?.record as Deal, pipeline, steps, now)];
    });
  }

  async update(by: Actor, { id, expectedVersion, occurredAt }: Verb, input: UpdateDealInput): Promise<Deal> {
    const { lines, ownerId, ...rest } = checkPatch(content, input);
    const at = this.said(occurredAt);
    await this.requireLinks(rest);
    const patch = {
      ...rest,
      ...(lines && { lines: await this.priced(by, lines) }),
      ...(ownerId && { owner: await this.owner(ownerId) }),
    };
    const { deal } = await this.store.write(by, { deal: one(Deal, id, expectedVersion) }, ({ deal }, now) =>
      deal.update(patch, at, now),
    );
    return deal;
  }

  async move(by: Actor, { id, expectedVersion, occurredAt }: Verb, stageId: Id): Promise<Deal> {
    const at = this.said(occurredAt);
    const slots = {
      deal: one(Deal, id, expectedVersion),
      pipeline: shared(Pipeline, await this.pipelines.homeOf(by, stageId, 'stageId')),
    };
    const { deal } = await this.store.write(by, slots, ({ deal, pipeline }, now) =>
      deal.move(pipeline, stageId, at, now),
    );
    return deal;
  }

  async win(by: Actor, { id, expectedVersion, occurredAt }: Verb): Promise<Deal> {
    const at = this.said(occurredAt);
    const { deal } = await this.store.write(by, { deal: one(Deal, id, expectedVersion) }, ({ deal }, now) =>
      deal.win(at, now),
    );
    return deal;
  }

  async lose(by: Actor, { id, expectedVersion, occurredAt }: Verb, why: string, said?: string | null): Promise<Deal> {
    const at = this.said(occurredAt);
    const { reason, note } = loss(why, said);
    const { deal } = await this.store.write(by, { deal: one(Deal, id, expectedVersion) }, ({ deal }, now) =>
      deal.lose(reason, note, at, now),
    );
    return deal;
  }

  async reopen(by: Actor, { id, expectedVersion, occurredAt }: Verb): Promise<Deal> {
    const at = this.said(occurredAt);
    // A deal never leaves its pipeline, so what is read here still holds when both are locked.
    const { pipelineId } = await this.store.get(by, Deal, id);
    const slots = { deal: one(Deal, id, expectedVersion), pipeline: shared(Pipeline, pipelineId) };
    const { deal } = await this.store.write(by, slots, ({ deal, pipeline }, now) => deal.reopen(pipeline, at, now));
    return deal;
  }

  find(by: Actor, id: Id, wanted: WantedProperties = null): Promise<Deal | null> {
    return this.store.find(by, Deal, id, wanted);
  }
  byIds(by: Actor, ids: readonly Id[], wanted: WantedProperties = null): Promise<(Deal | null)[]> {
    return this.store.byIds(by, Deal, ids, wanted);
  }
  list(by: Actor, args: ListArgs, wanted: WantedProperties = null): Promise<Page<Deal>> {
    return this.store.list(by, dealList, args, { wanted });
  }
  /** The newest deals of each of several companies, contacts or leads. */
  of(by: Actor, parent: 'company' | 'contact' | 'lead', ids: readonly Id[], first: number): Promise<Deal[][]> {
    return this.store.related(by, Deal, `${parent}_id`, ids, first);
  }

  private async contentOf(by: Actor, { lines, ownerId, ...rest }: z.output<typeof opened>): Promise<DealContent> {
    const { title, amount, companyId, contactId, leadId, source, expectedCloseOn } = rest;
    await this.requireLinks(rest);
    const owner = await this.owner(ownerId ?? by.id);
    const priced = await this.priced(by, lines);
    return { title, amount, lines: priced, owner, companyId, contactId, leadId, source, expectedCloseOn };
  }

  private async owner(id: Id): Promise<DealContent['owner']> {
    const { teamId } = await this.directory.requireActive(id, 'input.ownerId');
    return { id, teamId };
  }

  private async requireLinks({ companyId, contactId, leadId }: Partial<DealLinks>): Promise<void> {
    await Promise.all([
      this.references.require('company', companyId, 'input.companyId'),
      this.references.require('contact', contactId, 'input.contactId'),
      this.references.require('lead', leadId, 'input.leadId'),
    ]);
  }

  /** Lines with their prices: the one agreed, else the product's list price. */
  private async priced(by: Actor, lines: readonly Line[]): Promise<PricedLine[]> {
    const ids = lines.map((line) => line.productId);
    const products = await this.products.require(by, ids, (i) => `input.lines.${i}.productId`);
    return lines.map((line, i) => {
      const price = line.price ?? products[i]?.price;
      if (price) return { ...line, price };
      throw new DomainError(
        'REQUIRED',
        'This product has no list price. Say what one costs in this deal.',
        `input.lines.${i}.price`,
      );
    });
  }

  private said(at: Date | null | undefined, path = 'occurredAt'): Date | null {
    return at ? happened(at, this.clock.now(), path) : null;
  }
}
