import { DomainError, type ConversionState, type Id } from '@voronka/contracts';
import type { Lead } from '../lead/lead.js';

export type Parts = Pick<ConversionState, 'company' | 'contact' | 'deal'>;
type Existing = { kind: 'existing'; id: Id };
type Made<Part> = Omit<Extract<Part, { kind: 'new' }>, 'kind' | 'id'>;
type Choice<Part> = Partial<Made<Part>> & { existingId?: Id | null };

/**
 * What a person chose. A part that is left out is made as usual: the company and the contact where the lead names one, the
 * deal always. Null makes none. Of a new part, what is left out is taken from the lead.
 */
export interface Choices {
  company?: Choice<Parts['company']> | null;
  contact?: Choice<Parts['contact']> | null;
  deal?: Choice<Parts['deal']> | null;
}

/** The ids of new parts, chosen by the service that speaks first, so that a repeat is harmless. */
export type NewIds = Record<keyof Parts, Id>;

/**
 * What a lead shall become; nothing is typed twice. Phones and mails go to the contact, the address to the company, and each
 * to the other where that one is not made. Refuses with `CONVERSION_EMPTY`, `REQUIRED` and `INVALID_VALUE`.
 */
export function partsOf(lead: Lead, choices: Choices, ids: NewIds): Parts {
  const company = choiceOf(choices.company, lead.companyName !== null, 'company');
  const contact = choiceOf(choices.contact, lead.personName !== null, 'contact');
  const deal = choiceOf(choices.deal, true, 'deal');
  if (!company && !contact && !deal)
    throw new DomainError('CONVERSION_EMPTY', 'Choose at least one of company, contact and deal.', 'input');
  if (deal?.stageId && !deal.pipelineId)
    throw new DomainError('REQUIRED', 'Name the pipeline of the stage too.', 'input.deal.pipelineId');

  const reach = { phones: [...lead.phones], emails: [...lead.emails] };
  return {
    company: partOf<Made<Parts['company']>>(company, ids.company, () => ({
      name: lead.companyName ?? missing('company.name', company?.name),
      ...(isNew(contact) ? { phones: [], emails: [] } : reach),
      address: lead.address,
      site: lead.site,
    })),
    contact: partOf<Made<Parts['contact']>>(contact, ids.contact, () => ({
      name: lead.personName ?? missing('contact.name', contact?.name),
      ...reach,
      address: isNew(company) ? null : lead.address,
    })),
    deal: partOf<Made<Parts['deal']>>(deal, ids.deal, () => ({
      title: lead.companyName ?? lead.personName ?? missing('deal.title', deal?.title),
      pipelineId: null,
      stageId: null,
      amount: lead.amount,
      currency: lead.currency,
      productIds: [...lead.productIds],
    })),
  };
}

type AnyChoice = { existingId?: Id | null } | null;

const isNew = (choice: AnyChoice) => choice !== null && !choice.existingId;

function choiceOf<C extends AnyChoice>(choice: C | undefined, usual: boolean, name: keyof Parts): C | null {
  if (choice?.existingId && Object.keys(choice).length > 1)
    throw new DomainError(
      'INVALID_VALUE',
      'Choose an existing record by its id alone, or say what the new one shall hold.',
      `input.${name}.existingId`,
    );
  return choice === undefined ? (usual ? ({} as C) : null) : choice;
}

function partOf<M extends object>(
  choice: (Partial<M> & { existingId?: Id | null }) | null,
  id: Id,
  fromLead: () => M,
): Existing | ({ kind: 'new'; id: Id } & M) | null {
  if (!choice) return null;
  const { existingId, ...typed } = choice;
  return existingId ? { kind: 'existing', id: existingId } : { kind: 'new', id, ...fromLead(), ...typed };
}

/** What the lead does not say must be typed. */
function missing(field: string, typed: string | undefined): string {
  if (typed !== undefined) return typed;
  throw new DomainError('REQUIRED', 'The lead does not name it. Give it a name.', `input.${field}`);
}
