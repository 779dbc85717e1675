import type { Event, Evidence } from './evidence.js';
import type { Findings } from './report.js';

const created = (...nouns: string[]) => nouns.map((noun) => `crm.${noun}.created`);
const withdrawn = (...nouns: string[]) => nouns.map((noun) => `crm.${noun}.withdrawn`);
const answers = (noun: string) => ['made', 'refused', 'undone'].map((what) => `crm.${noun}.${what}`);
const asked = ['crm.conversion.requested', 'crm.conversion.undoing'];
const everybody = ['created', 'updated', 'deactivated', 'reactivated'].map((what) => `crm.user.${what}`);

/** The types of events that each service has to take in; of nouns, all their types. */
const wanted: Record<string, (event: Event) => boolean> = {
  identity: among(['crm.pipeline.created', 'crm.pipeline.updated']),
  leads: among([...created('product'), ...answers('account-conversion'), ...answers('deal-conversion')]),
  accounts: among(asked),
  deals: among([...asked, ...created('company', 'contact', 'lead'), ...withdrawn('company', 'contact')]),
  tasks: among([...created('lead', 'deal', 'company', 'contact'), ...withdrawn('deal', 'company', 'contact')]),
  analytics: ({ noun }) => noun === 'lead' || noun === 'deal' || noun === 'pipeline',
};

function among(types: readonly string[]): (event: Event) => boolean {
  const all = new Set([...types, ...everybody]);
  return ({ type }) => all.has(type);
}

/** Every event was taken in by every service that has to, and remembered, so that it cannot be taken in again. */
export function judgeIntake(evidence: Evidence, findings: Findings): void {
  for (const [service, wants] of Object.entries(wanted)) {
    const taken = new Set(evidence.table(service, 'inbox').map((row) => row['event_id']));
    for (const event of evidence.events)
      if (wants(event) && !taken.has(event.id))
        findings.add(`${service} does not know of an event`, `${event.type} ${event.key} ${event.id}`);
  }
  judgeAnswers(evidence, findings);
}

/** A conversion heard each answer once: what it announces of it alternates. */
function judgeAnswers({ events }: Evidence, findings: Findings): void {
  const heard = new Set<string>();
  for (const { type, key, data } of events) {
    if (type !== 'crm.conversion.advanced') continue;
    const answer = `${key} ${String(data['part'])} ${String(data['answer'])}`;
    if (heard.has(answer)) findings.add('an answer to a conversion was taken in twice', answer);
    heard.add(answer);
  }
}
