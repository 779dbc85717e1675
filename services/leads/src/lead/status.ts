import { DomainError, type LeadStatus } from '@voronka/contracts';

/**
 * What may happen to a lead in each status, and what it is afterwards; `FORMER` is what it was before the conversion.
 * What stands nowhere here is refused.
 */
export const transitions: Readonly<Record<LeadStatus, Partial<Record<LeadVerb, LeadStatus | 'FORMER'>>>> = {
  NEW: {
    update: 'NEW',
    assign: 'NEW',
    start: 'WORKING',
    qualify: 'QUALIFIED',
    disqualify: 'DISQUALIFIED',
    convert: 'CONVERTING',
  },
  WORKING: {
    update: 'WORKING',
    assign: 'WORKING',
    qualify: 'QUALIFIED',
    disqualify: 'DISQUALIFIED',
    convert: 'CONVERTING',
  },
  QUALIFIED: { update: 'QUALIFIED', assign: 'QUALIFIED', disqualify: 'DISQUALIFIED', convert: 'CONVERTING' },
  DISQUALIFIED: { reopen: 'WORKING' },
  CONVERTING: { complete: 'CONVERTED', return: 'FORMER' },
  CONVERTED: {},
};
export const leadVerbs = [
  'update',
  'assign',
  'start',
  'qualify',
  'disqualify',
  'reopen',
  'convert',
  'complete',
  'return',
] as const;
export type LeadVerb = (typeof leadVerbs)[number];

/** The refusal of a verb that the table does not allow, with what to do instead. */
export function refusalOf(status: LeadStatus, verb: LeadVerb): DomainError {
  if (status === 'CONVERTED')
    return new DomainError('LEAD_ALREADY_CONVERTED', 'This lead was converted. Go on with its deal.', 'id');
  if (status === 'CONVERTING')
    return new DomainError(
      'LEAD_BEING_CONVERTED',
      'This lead is being converted. Wait for the conversion, or cancel it with cancelConversion.',
      'id',
    );
  if (status === 'DISQUALIFIED')
    return new DomainError('LEAD_NOT_OPEN', 'This lead was given up. Reopen it with reopenLead first.', 'id');
  if (verb === 'start')
    return new DomainError('LEAD_ALREADY_STARTED', 'This lead is being worked already. Qualify or convert it.', 'id');
  if (verb === 'qualify')
    return new DomainError('LEAD_ALREADY_QUALIFIED', 'This lead is qualified already. Convert it.', 'id');
  return new DomainError('LEAD_OPEN', `This lead is open: there is nothing to ${verb}.`, 'id');
}
