import type { Evidence, Row } from './evidence.js';
import type { Findings } from './report.js';

type Part = { kind: 'new' | 'existing'; id: string } | null;

/** Every conversion is whole or wholly undone, and nothing is left of one that is not. */
export function judgeConversions(evidence: Evidence, findings: Findings): void {
  const byId = (service: string, table: string) =>
    new Map(evidence.table(service, table).map((row) => [String(row['id']), row]));
  const leads = byId('leads', 'lead');
  const homes = {
    company: byId('accounts', 'company'),
    contact: byId('accounts', 'contact'),
    deal: byId('deals', 'deal'),
  };
  const converted = new Set<string>();
  const madeBy = new Set<string>();

  for (const conversion of evidence.table('leads', 'conversion')) {
    const { id, lead_id: leadId, status } = conversion as { id: string; lead_id: string; status: string };
    const name = `conversion ${id} of lead ${leadId}, ${status}`;
    const parts = Object.entries(homes).map(([noun, rows]) => ({ noun, rows, part: conversion[noun] as Part }));
    if (status === 'DONE') {
      converted.add(leadId);
      for (const { noun, rows, part } of parts) {
        if (!part) continue;
        madeBy.add(part.id);
        const row = rows.get(part.id);
        if (!row) findings.add('a conversion that is done lacks a part', `${name}: ${noun} ${part.id}`);
        else if (part.kind === 'new' && row['lead_id'] !== leadId)
          findings.add('a converted part names another lead', `${name}: ${noun} ${part.id}`);
      }
      judgeLinks(conversion, homes, findings, name);
    } else if (status === 'FAILED' || status === 'CANCELLED') {
      for (const { noun, rows, part } of parts)
        if (part?.kind === 'new' && rows.has(part.id))
          findings.add('an undone conversion left a part', `${name}: ${noun} ${part.id}`);
    } else findings.add('a conversion has not ended', name);
  }

  for (const [id, lead] of leads) {
    if (lead['status'] === 'CONVERTING') findings.add('a lead is still converting', id);
    if ((lead['status'] === 'CONVERTED') !== converted.has(id))
      findings.add('a lead and its conversion disagree', `${id}: ${String(lead['status'])}`);
  }
  for (const [noun, rows] of Object.entries(homes))
    for (const [id, row] of rows)
      if (row['lead_id'] && !madeBy.has(id)) findings.add('an orphan of a conversion', `${noun} ${id}`);
}

function judgeLinks(
  conversion: Row,
  homes: Record<'company' | 'contact' | 'deal', Map<string, Row>>,
  findings: Findings,
  name: string,
): void {
  const [company, contact, deal] = ['company', 'contact', 'deal'].map((noun) => conversion[noun] as Part);
  const person = contact && homes.contact.get(contact.id);
  const memberships = (person?.['companies'] ?? []) as { companyId: string }[];
  if (company && person && !memberships.some(({ companyId }) => companyId === company.id))
    findings.add('a converted contact is not linked to its company', name);
  const row = deal?.kind === 'new' ? homes.deal.get(deal.id) : undefined;
  if (row && (row['company_id'] !== (company?.id ?? null) || row['contact_id'] !== (contact?.id ?? null)))
    findings.add('a converted deal is not linked to company and contact', name);
}
