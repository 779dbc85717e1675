import { z } from 'zod';
import { ConversionPartState } from './accounts.events.js';
import { noun } from './event.js';
import { CurrencyCode, Day, Id, Instant, MinorUnits, Shares } from './values.js';

export const StageState = z.object({
  id: Id,
  name: z.string().max(100),
  /** Chance of winning from here, whole percent, 0 to 100. */
  probability: z.number().int().min(0).max(100),
  archived: z.boolean(),
});
export type StageState = z.infer<typeof StageState>;

export const PipelineState = z.object({
  id: Id,
  name: z.string().max(200),
  isDefault: z.boolean(),
  archived: z.boolean(),
  /** In order, archived ones included. */
  stages: z.array(StageState).max(100),
});
export type PipelineState = z.infer<typeof PipelineState>;

const pipeline = noun('pipeline', 'The pipelines and their ordered stages.', PipelineState);
export const PipelineCreated = pipeline.event('created', 'A pipeline was set up.');
export const PipelineUpdated = pipeline.event('updated', 'A pipeline was renamed or archived, or its stages changed.');

export const ProductState = z.object({
  id: Id,
  name: z.string().max(200),
  series: z.string().max(100).nullable(),
  amount: MinorUnits.nullable(),
  currency: CurrencyCode.nullable(),
  active: z.boolean(),
});
export type ProductState = z.infer<typeof ProductState>;

const product = noun('product', 'The catalogue.', ProductState);
export const ProductCreated = product.event('created', 'A product joined the catalogue.');
export const ProductUpdated = product.event('updated', 'A product was renamed, priced anew or withdrawn from sale.');

export const dealStatuses = ['OPEN', 'WON', 'LOST'] as const;
export type DealStatus = (typeof dealStatuses)[number];

/** Why a deal was lost. */
export const lostReasons = [
  'PRICE',
  'COMPETITOR',
  'NO_BUDGET',
  'NO_DECISION',
  'TIMING',
  'NO_CONTACT',
  'OTHER',
  'UNKNOWN',
] as const;
export type LostReason = (typeof lostReasons)[number];

export const DealLine = z.object({
  productId: Id,
  /** In thousandths, so that half an hour is 500. */
  quantity: z.number().int().positive(),
  /** Minor units of the deal's currency, for one. */
  price: MinorUnits,
});
export type DealLine = z.infer<typeof DealLine>;

/** What a line adds to its deal's amount: quantity times price, rounded half up to minor units. Not a safe integer where it passes 2^53. */
export const lineAmount = ({ quantity, price }: Pick<DealLine, 'quantity' | 'price'>): number =>
  Number((BigInt(quantity) * BigInt(price) + 500n) / 1000n);

export const DealState = z.object({
  id: Id,
  title: z.string().max(200),
  status: z.enum(dealStatuses),
  pipelineId: Id,
  stageId: Id,
  /** Position of the stage in its pipeline when the deal came there, from 0. */
  stagePosition: z.number().int().nonnegative(),
  amount: MinorUnits.nullable(),
  currency: CurrencyCode.nullable(),
  lines: z.array(DealLine).max(200),
  ownerId: Id,
  /** The owner's team when the deal came to him. */
  teamId: Id.nullable(),
  companyId: Id.nullable(),
  contactId: Id.nullable(),
  leadId: Id.nullable(),
  source: z.string().max(100).nullable(),
  expectedCloseOn: Day.nullable(),
  lostReason: z.enum(lostReasons).nullable(),
  openedAt: Instant,
  closedAt: Instant.nullable(),
  ...Shares,
});
export type DealState = z.infer<typeof DealState>;

const deal = noun('deal', "A deal's life, stage by stage.", DealState);
export const DealCreated = deal.event('created', 'A deal entered its pipeline.');
export const DealUpdated = deal.event(
  'updated',
  'What is agreed or known of the deal changed: title, amount, lines, owner, company …',
);
export const DealMoved = deal.event('moved', 'The deal came to another stage.', { fromStageId: Id, toStageId: Id });
export const DealWon = deal.event('won', 'The customer said yes.');
export const DealLost = deal.event('lost', 'The customer said no, or nothing.', {
  note: z.string().max(2_000).nullable(),
});
export const DealReopened = deal.event('reopened', 'A closed deal is worked again, in the stage it was in.');
export const DealWithdrawn = deal.event(
  'withdrawn',
  'Made by a conversion that was undone: the deal is gone.',
  {},
  { erases: true },
);

const dealConversion = noun('deal-conversion', "The deals service's answers to conversions.", ConversionPartState);
export const DealConversionMade = dealConversion.event('made', 'The deal of the conversion is there.');
export const DealConversionRefused = dealConversion.event('refused', 'The deal could not be made; nothing was.');
export const DealConversionUndone = dealConversion.event('undone', 'Nothing the conversion made here is left.');
