import { recordName, type Evidence, type Event, type Row } from './evidence.js';
import type { Findings } from './report.js';

/** Where the records of each noun lie. */
export const homes: Record<string, readonly [service: string, table: string]> = {
  user: ['identity', 'user'],
  team: ['identity', 'team'],
  role: ['identity', 'role'],
  cover: ['identity', 'cover'],
  session: ['identity', 'session'],
  'api-key': ['identity', 'api_key'],
  'bulk-read': ['identity', 'bulk_read'],
  offboarding: ['identity', 'offboarding'],
  'lead-handover': ['leads', 'handover'],
  'account-handover': ['accounts', 'handover'],
  'deal-handover': ['deals', 'handover'],
  'activity-handover': ['tasks', 'handover'],
  lead: ['leads', 'lead'],
  conversion: ['leads', 'conversion'],
  company: ['accounts', 'company'],
  contact: ['accounts', 'contact'],
  'account-conversion': ['accounts', 'account_conversion'],
  pipeline: ['deals', 'pipeline'],
  product: ['deals', 'product'],
  deal: ['deals', 'deal'],
  'deal-conversion': ['deals', 'deal_conversion'],
  activity: ['tasks', 'activity'],
};

/** Database and topic tell the same of every record, and each topic tells it in order, without a gap. */
export function judgeRecords(evidence: Evidence, findings: Findings): void {
  judgeOrder(evidence, findings);
  for (const [noun, [service, table]] of Object.entries(homes)) {
    const rows = new Map(evidence.table(service, table).map((row) => [String(row['id']), row]));
    for (const [id, row] of rows) {
      const last = evidence.byRecord.get(recordName(noun, id))?.at(-1);
      if (!last) findings.add('a record is on no topic', `${noun} ${id}`);
      else if (last.version !== row['version'])
        findings.add(
          'database and topic are at different versions',
          `${noun} ${id}: ${String(row['version'])} and ${last.version}`,
        );
      else
        for (const field of differences(row, last)) findings.add('database and topic differ', `${noun} ${id}.${field}`);
    }
    for (const [name, events] of evidence.byRecord) {
      const [first] = events;
      if (first?.noun !== noun || rows.has(first.key)) continue;
      if (!events.at(-1)?.type.endsWith('.withdrawn')) findings.add('a record of a topic is in no database', name);
    }
  }
  for (const { noun } of evidence.events)
    if (!(noun in homes) && noun !== 'deal-stage') findings.add('a topic that the checker does not know', noun);
}

function judgeOrder({ messages, byRecord }: Evidence, findings: Findings): void {
  const first = new Map<string, string>();
  for (const event of messages) {
    const same = JSON.stringify([event.type, event.key, event.version, event.data]);
    const before = first.get(event.id);
    if (before === undefined) first.set(event.id, same);
    else if (before !== same) findings.add('an event was repeated otherwise', `${event.id} ${event.place}`);
  }
  for (const [name, events] of byRecord) {
    const versions = events.map(({ version }) => version);
    const sorted = [...versions].sort((a, b) => a - b);
    if (versions.some((version, i) => version !== sorted[i]))
      findings.add('events overtook one another', `${name}: ${versions.join(' ')}`);
    if (sorted.some((version, i) => version !== i + 1))
      findings.add('versions have a gap or a double', `${name}: ${versions.join(' ')}`);
  }
}

/** Fields of the published state that have a column of their own and another value there. */
function differences(row: Row, { state }: Event): string[] {
  return Object.entries(state).flatMap(([field, value]) => {
    const column = field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    return column in row && canonical(row[column]) !== canonical(value) ? [field] : [];
  });
}

const INSTANT = /^\d{4}-\d\d-\d\dT/;

/** The same text for the same value: keys in order, times as one writes them. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (typeof part === 'string' && INSTANT.test(part)) return new Date(part).toISOString();
    if (part === null || typeof part !== 'object' || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
