import { recordName, type Event, type Evidence, type Write } from './evidence.js';
import type { Findings } from './report.js';

/** What a write announces of the record it is about. */
const announced: Record<string, string> = {
  createLead: 'crm.lead.created',
  importLeads: 'crm.lead.created',
  createDeal: 'crm.deal.created',
  createCompany: 'crm.company.created',
  createContact: 'crm.contact.created',
  planActivity: 'crm.activity.planned',
  updateLead: 'crm.lead.updated',
  startLead: 'crm.lead.started',
  qualifyLead: 'crm.lead.qualified',
  disqualifyLead: 'crm.lead.disqualified',
  reopenLead: 'crm.lead.reopened',
  convertLead: 'crm.lead.conversion-started',
  updateDeal: 'crm.deal.updated',
  moveDeal: 'crm.deal.moved',
  winDeal: 'crm.deal.won',
  loseDeal: 'crm.deal.lost',
  reopenDeal: 'crm.deal.reopened',
  cancelConversion: 'crm.conversion.undoing',
  completeActivity: 'crm.activity.completed',
  rescheduleActivity: 'crm.activity.rescheduled',
};
/** Asked for again they answer what is there already, and announce nothing. */
const idempotent = new Set(['convertLead', 'cancelConversion', 'rescheduleActivity']);
const creates = new Set(['createLead', 'importLeads', 'createDeal', 'createCompany', 'createContact', 'planActivity']);

/** What clients were told is so; what they were not told is wholly there or wholly not. */
export function judgeWrites(evidence: Evidence, findings: Findings): void {
  const { writes, events, byRecord } = evidence;
  const byCorrelation = new Map<string, Event[]>();
  for (const event of events)
    byCorrelation.set(event.correlation, [...(byCorrelation.get(event.correlation) ?? []), event]);

  const imported = new Map(evidence.table('leads', 'lead').map((row) => [row['external_id'], String(row['id'])]));
  for (const write of writes) {
    const { verb, noun, outcome } = write;
    const type = announced[verb];
    const id = idOf(write, imported);
    if (!type) throw new Error(`The checker does not know ${verb}.`);
    const said = (byCorrelation.get(write.correlation) ?? []).filter(
      (event) => event.type === type && event.key === id,
    );
    const name = `${verb} ${id} (${write.correlation})`;
    const record = byRecord.get(recordName(noun, id)) ?? [];

    if (said.length > 1) findings.add('a write was done twice', name);
    if (outcome === 'refused' && said.length > 0) findings.add('a refused write was done', name);
    if (outcome === 'acknowledged') {
      if (creates.has(verb)) {
        if (record[0]?.type !== type) findings.add('an acknowledged create is not on its topic', name);
      } else if (!idempotent.has(verb) && said.length === 0)
        findings.add('an acknowledged write is not on its topic', name);
      else judgeVersion({ ...write, id }, byRecord, findings, name);
    }
    if (verb === 'completeActivity') judgeNextStep(said[0], byCorrelation.get(write.correlation) ?? [], findings, name);
  }
}

/** An imported record has the id that the service gave it under its name; none where it was not made. */
function idOf({ id, externalId }: Write, imported: Map<unknown, string>): string {
  return externalId === undefined ? id : (imported.get(externalId) ?? `none for ${externalId}`);
}

/** The version that was answered is on the topic. A conversion is answered for its lead, under its own version. */
function judgeVersion(
  { verb, noun, id, version }: Write,
  byRecord: Evidence['byRecord'],
  findings: Findings,
  name: string,
): void {
  if (version === undefined || verb === 'convertLead') return;
  const known = byRecord.get(recordName(noun, id))?.some((event) => event.version === version);
  if (!known) findings.add('an answered version is not on its topic', `${name} version ${version}`);
}

/** A completed activity and its next step come together. */
function judgeNextStep(completed: Event | undefined, together: Event[], findings: Findings, name: string): void {
  const planned = together.filter(({ type }) => type === 'crm.activity.planned').map(({ key }) => key);
  const expected = completed ? [completed.data['nextId']] : [];
  if (JSON.stringify(planned) !== JSON.stringify(expected))
    findings.add('a completion and its next step are not together', name);
}
