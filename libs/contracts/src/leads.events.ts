import { z } from 'zod';
import { ConversionPartState } from './accounts.events.js';
import { noun } from './event.js';
import { Address, ContactPoint, CurrencyCode, Id, Instant, MinorUnits, Shares } from './values.js';

export const leadStatuses = ['NEW', 'WORKING', 'QUALIFIED', 'DISQUALIFIED', 'CONVERTING', 'CONVERTED'] as const;
export type LeadStatus = (typeof leadStatuses)[number];

/** Why a lead was given up. */
export const disqualifyReasons = [
  'NO_NEED',
  'NO_BUDGET',
  'NO_CONTACT',
  'COMPETITOR',
  'DUPLICATE',
  'SPAM',
  'OTHER',
] as const;
export type DisqualifyReason = (typeof disqualifyReasons)[number];

export const Utm = z.object({
  source: z.string().max(200).nullable(),
  medium: z.string().max(200).nullable(),
  campaign: z.string().max(200).nullable(),
  term: z.string().max(200).nullable(),
  content: z.string().max(200).nullable(),
});
export type Utm = z.infer<typeof Utm>;

export const LeadState = z.object({
  id: Id,
  status: z.enum(leadStatuses),
  personName: z.string().max(200).nullable(),
  companyName: z.string().max(200).nullable(),
  phones: z.array(ContactPoint).max(10),
  emails: z.array(ContactPoint).max(10),
  address: Address.nullable(),
  site: z.string().max(500).nullable(),
  source: z.string().max(100).nullable(),
  utm: Utm.nullable(),
  note: z.string().max(10_000).nullable(),
  productIds: z.array(Id).max(50),
  ownerId: Id,
  amount: MinorUnits.nullable(),
  currency: CurrencyCode.nullable(),
  disqualifyReason: z.enum(disqualifyReasons).nullable(),
  conversionId: Id.nullable(),
  ...Shares,
});
export type LeadState = z.infer<typeof LeadState>;

const lead = noun('lead', "A lead's life, from capture to conversion.", LeadState);
export const LeadCreated = lead.event('created', 'A lead was captured.');
export const LeadUpdated = lead.event('updated', 'What is known of the lead changed.');
export const LeadAssigned = lead.event('assigned', 'The lead has another owner.');
export const LeadStarted = lead.event('started', 'The owner began to work the lead.');
export const LeadQualified = lead.event('qualified', 'The lead is worth a deal.');
export const LeadDisqualified = lead.event('disqualified', 'The lead was given up, with the reason.', {
  note: z.string().max(2_000).nullable(),
});
export const LeadReopened = lead.event('reopened', 'A lead that was given up is worked again.');
export const LeadConversionStarted = lead.event(
  'conversion-started',
  'The lead is becoming a company, a contact and a deal.',
);
export const LeadConverted = lead.event(
  'converted',
  'Company, contact and deal are there; the lead stays, linked to them.',
);
export const LeadReturned = lead.event(
  'returned',
  'The conversion failed or was cancelled; the lead is as it was before it.',
  {
    code: z.string().max(100).nullable(),
    reason: z.string().max(1_000),
  },
);

/** What a conversion shall make of one part: nothing, a new record under the id chosen here, or an existing one. */
const Part = <S extends z.ZodRawShape>(make: S) =>
  z
    .discriminatedUnion('kind', [
      z.object({ kind: z.literal('new'), id: Id, ...make }),
      z.object({ kind: z.literal('existing'), id: Id }),
    ])
    .nullable();

export const CompanyPart = Part({
  name: z.string().max(200),
  phones: z.array(ContactPoint).max(10),
  emails: z.array(ContactPoint).max(10),
  address: Address.nullable(),
  site: z.string().max(500).nullable(),
});
export const ContactPart = Part({
  name: z.string().max(200),
  phones: z.array(ContactPoint).max(10),
  emails: z.array(ContactPoint).max(10),
  address: Address.nullable(),
});
export const DealPart = Part({
  title: z.string().max(200),
  /** Null: the default pipeline's first stage. */
  pipelineId: Id.nullable(),
  stageId: Id.nullable(),
  amount: MinorUnits.nullable(),
  currency: CurrencyCode.nullable(),
  productIds: z.array(Id).max(50),
});

export const conversionStatuses = ['RUNNING', 'DONE', 'UNDOING', 'FAILED', 'CANCELLED'] as const;
export type ConversionStatus = (typeof conversionStatuses)[number];

export const ConversionState = z.object({
  id: Id,
  leadId: Id,
  status: z.enum(conversionStatuses),
  ownerId: Id,
  source: z.string().max(100).nullable(),
  note: z.string().max(10_000).nullable(),
  requestedBy: Id,
  requestedAt: Instant,
  company: CompanyPart,
  contact: ContactPart,
  deal: DealPart,
});
export type ConversionState = z.infer<typeof ConversionState>;

const conversion = noun(
  'conversion',
  'How a lead becomes a company, a contact and a deal: asked of accounts and deals, who answer on their own topics.',
  ConversionState,
);
export const ConversionRequested = conversion.event(
  'requested',
  'Accounts and deals shall make their parts under the ids given.',
);
export const ConversionAdvanced = conversion.event('advanced', 'Accounts or deals answered for its part.', {
  part: z.enum(['accounts', 'deals']),
  answer: ConversionPartState.shape.status,
});
export const ConversionCompleted = conversion.event('completed', 'Accounts and deals have both made their parts.');
export const ConversionUndoing = conversion.event(
  'undoing',
  'A part was refused or a person cancelled; what was made shall be undone.',
  {
    code: z.string().max(100).nullable(),
    reason: z.string().max(1_000),
  },
);
export const ConversionUndone = conversion.event('undone', 'Nothing of the conversion is left but its record.');
