import { Injectable } from '@nestjs/common';
import { DomainError, enters, type Actor, type ConversionState, type Id, type Money } from '@voronka/contracts';
import { Directory, maybe, moneyOf, shared, Store } from '@voronka/service-kit';
import type { PricedLine } from '../deal/deal-lines.js';
import { Deal, type DealLinks } from '../deal/deal.js';
import { Pipeline } from '../pipeline/pipeline.js';
import { PipelineService } from '../pipeline/pipeline.service.js';
import type { Product } from '../product/product.js';
import { ProductService } from '../product/product.service.js';
import { DealConversion } from './deal-conversion.js';

type NewDeal = Extract<NonNullable<ConversionState['deal']>, { kind: 'new' }>;

/** The deals service's part of a conversion. It runs in the handler's transaction. */
@Injectable()
export class DealConversionService {
  constructor(
    private readonly store: Store,
    private readonly directory: Directory,
    private readonly pipelines: PipelineService,
    private readonly products: ProductService,
  ) {}

  /** Makes the deal, or links the one there is, and answers; what a rule refuses is an answer as well, and nothing is made. */
  async make(conversion: ConversionState, at: Date): Promise<void> {
    const by: Actor = { id: conversion.requestedBy, may: 'anything' };
    try {
      await this.part(by, conversion, at);
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      await this.store.write(by, { answer: maybe(DealConversion, conversion.id) }, ({ answer }, now) =>
        answer ? [] : DealConversion.refused(asked(conversion), error, now),
      );
    }
  }

  /** Takes back what was made, and answers that nothing is left. */
  async undo(conversion: ConversionState, by: Actor): Promise<void> {
    const slots = { answer: maybe(DealConversion, conversion.id), deal: maybe(Deal, conversion.deal?.id) };
    await this.store.write(by, slots, ({ answer, deal }, now) => {
      if (!answer) return DealConversion.forestalled(asked(conversion), now);
      if (answer.status === 'UNDONE') return [];
      const { part } = answer;
      const undone = !deal || !part ? [] : 'opened' in part ? deal.withdraw(now) : deal.unlink(part.linked, now);
      return [...undone, ...answer.undo(now)];
    });
  }

  /** One who converts a lead into a deal that is there already must be able to see that; else it is as if it were not there. */
  private async seen({ requestedBy }: ConversionState, id: Id): Promise<Deal | null> {
    return this.store.find(await this.directory.readerFor(requestedBy), Deal, id);
  }

  private async part(by: Actor, conversion: ConversionState, at: Date): Promise<unknown> {
    const { deal } = conversion;
    if (deal?.kind === 'new') return this.open(by, conversion, deal, at);
    const seen = deal && (await this.seen(conversion, deal.id));
    const slots = { answer: maybe(DealConversion, conversion.id), existing: maybe(Deal, seen?.id) };
    return this.store.write(by, slots, ({ answer, existing }, now) => {
      if (answer) return [];
      if (!deal) return DealConversion.made(asked(conversion), null, now);
      if (!existing) throw new DomainError('DEAL_NOT_FOUND', 'The deal is gone. Choose another one, or a new one.');
      const linked = existing.lacks(links(conversion));
      return [...existing.link(linked, now), ...DealConversion.made(asked(conversion), { linked }, now)];
    });
  }

  /** Who converts brings the deal nowhere where he could open none. */
  private async placeOf({ requestedBy }: ConversionState, deal: NewDeal): Promise<Id> {
    const asker = await this.directory.readerFor(requestedBy);
    const pipelineId = await this.pipelines.placeOf(asker, deal, (name) => `deal.${name}`);
    const { stageId } = deal;
    const powers = (await this.directory.now()).powers(requestedBy);
    if (stageId && !powers.some((power) => enters(power, pipelineId, stageId)))
      throw new DomainError('FORBIDDEN', 'Your role does not let you bring a deal into this stage.', 'deal.stageId');
    return pipelineId;
  }

  private async open(by: Actor, conversion: ConversionState, deal: NewDeal, at: Date): Promise<void> {
    const { ownerId, source } = conversion;
    const { teamId } = await this.directory.requireActive(ownerId, 'ownerId');
    const products = await this.products.require(by, deal.productIds, (i) => `deal.productIds.${i}`);
    const pipelineId = await this.placeOf(conversion, deal);
    const amount = moneyOf(deal.amount, deal.currency);
    const content = {
      ...links(conversion),
      title: deal.title,
      amount,
      lines: linesOf(products, amount),
      owner: { id: ownerId, teamId },
      source,
      expectedCloseOn: null,
    };
    const slots = {
      answer: maybe(DealConversion, conversion.id),
      existing: maybe(Deal, deal.id),
      pipeline: shared(Pipeline, pipelineId),
    };
    await this.store.write(by, slots, ({ answer, existing, pipeline }, now) => {
      if (answer) return [];
      if (existing) throw new DomainError('CONFLICT', 'There is another deal under the id of this one. Convert again.');
      const opened = Deal.open(deal.id, content, { pipeline, stageId: deal.stageId }, by.id, at);
      return [...opened, ...DealConversion.made(asked(conversion), { opened: true }, now)];
    });
  }
}

const asked = ({ id, leadId, requestedBy }: ConversionState) => ({ id, leadId, by: requestedBy });

/** Company and contact are just being made by the same conversion, so their ids are believed. */
const links = ({ company, contact, leadId }: ConversionState): DealLinks => ({
  companyId: company?.id ?? null,
  contactId: contact?.id ?? null,
  leadId,
});

/**
 * The products of interest as lines, one of each, where nothing has to be guessed. An amount that was estimated stands: it is
 * the price of the one product there is, and of several says nothing. Without an amount the list prices count, where every
 * product has one and all are in one currency. Else the deal has no lines, and the products stay with the lead.
 */
function linesOf(products: readonly Product[], amount: Money | null): PricedLine[] {
  if (amount && products.length !== 1) return [];
  const lines = products.flatMap((product) => {
    const price = amount ?? product.price;
    return price ? [{ productId: product.id, quantity: 1_000, price }] : [];
  });
  const currencies = new Set(lines.map(({ price }) => price.currency));
  return lines.length === products.length && currencies.size === 1 ? lines : [];
}
