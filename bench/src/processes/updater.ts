import { LeadUpdated, type LeadState } from '@voronka/contracts';
import { Database, outboxInsert, type RecordedEvent } from '@voronka/messaging';
import { monotonic } from '../harness/clock.js';
import { Random } from '../load/random.js';
import * as words from '../load/words.js';
import { serve, settingsOf } from './serve.js';

/** Changes leads as the kit's write path does, with the events or without them. */
const { databaseUrl, connections } = settingsOf<{ databaseUrl: string; connections: number }>();
const database = new Database({ url: databaseUrl, max: connections, applicationName: 'bench-updater' });
const random = new Random(41);

type Row = LeadState & { version: number; [column: string]: unknown };
const COLUMNS =
  'id, version, created_at, created_by, updated_at, external_id, fingerprint, status, person_name, company_name, phones, emails, ' +
  'address, site, source, utm, note, product_ids, owner_id, amount, currency, disqualify_reason, conversion_id, former_status';
const rows = 'jsonb_populate_recordset(null::lead, $1::jsonb)';
const insert = `insert into lead (${COLUMNS}) select ${COLUMNS} from ${rows}`;
const lock = `select ${COLUMNS} from lead t where t.id = any($1::uuid[]) order by t.id for update`;
const assignments = COLUMNS.split(', ')
  .slice(1)
  .map((column) => `${column} = r.${column}`);
const update = `update lead t set ${assignments.join(', ')} from ${rows} r where t.id = r.id`;

/** By connection: none takes a row that another one takes. */
const shares: string[][] = [];

serve({
  /** Makes the leads that are changed. */
  prepare: async ({ count }: { count: number }) => {
    const now = new Date();
    const made = Array.from({ length: count }, () => newLead(now));
    for (let from = 0; from < count; from += 1000)
      await database.query({ text: insert, values: [JSON.stringify(made.slice(from, from + 1000))] });
    await database.query({ text: 'analyze lead' });
    const share = Math.floor(count / connections);
    for (let c = 0; c < connections; c++)
      shares.push(made.slice(c * share, (c + 1) * share).map(({ id }) => id as string));
  },
  /** Changes `group` leads per transaction on every connection for so long; answers how many changes a second, and how many. */
  run: async ({ group, seconds, events }: { group: number; seconds: number; events: boolean }) => {
    const began = monotonic();
    const until = began + seconds * 1000;
    const counts = await Promise.all(
      shares.map(async (ids) => {
        let done = 0;
        for (let from = 0; monotonic() < until; from = from + group > ids.length ? 0 : from + group) {
          const chosen = ids.slice(from, from + group);
          await change(chosen, events);
          done += chosen.length;
        }
        return done;
      }),
    );
    const changes = counts.reduce((sum, count) => sum + count, 0);
    return { changes, perSecond: (changes * 1000) / (monotonic() - began) };
  },
  end: () => database.close(),
});

/** Lock in the order of ids, change in memory, one update, one outbox insert: one transaction. */
function change(ids: readonly string[], events: boolean): Promise<void> {
  return database.transaction(async () => {
    const found = await database.query<Row>({ name: 'lead:lock', text: lock, values: [ids] });
    const now = new Date();
    const told = found.rows.map((row) => changed(row, now));
    const after = told.map(({ row }) => row);
    await database.query({ name: 'lead:update', text: update, values: [JSON.stringify(after)] });
    if (events)
      await database.query(
        outboxInsert(
          told.map(({ row, before }) => eventOf(row, before, now)),
          'leads',
        ),
      );
  });
}

function changed(before: Row, now: Date): { row: Row; before: Row } {
  const row = { ...before, version: before.version + 1, updated_at: now, note: words.note(random) };
  return { row, before };
}

function eventOf(row: Row, before: Row, now: Date): RecordedEvent {
  const changes = { note: { from: before.note, to: row.note } };
  const [recordId, actor] = [row.id, row['owner_id'] as string];
  const times = { occurredAt: now, recordedAt: now };
  return {
    declaration: LeadUpdated,
    recordId,
    version: row.version,
    data: { lead: stateOf(row), changes },
    actor,
    ...times,
  };
}

const stateOf = (row: Row): LeadState => ({
  id: row.id,
  status: row.status,
  personName: row['person_name'] as string,
  companyName: row['company_name'] as string,
  phones: row.phones,
  emails: row.emails,
  address: row.address,
  site: row.site,
  source: row.source,
  utm: row.utm,
  note: row.note,
  productIds: row['product_ids'] as string[],
  ownerId: row['owner_id'] as string,
  amount: row.amount,
  currency: row.currency,
  disqualifyReason: null,
  conversionId: null,
});

const newLead = (now: Date): Record<string, unknown> => ({
  id: random.id(now.getTime()),
  version: 1,
  ...{ created_at: now, updated_at: now, created_by: null, external_id: null, fingerprint: 'bench', status: 'NEW' },
  ...{ person_name: words.person(random), company_name: words.firm(random) },
  ...{ phones: [words.phone(random)], emails: [words.mail(random)], address: words.address(random) },
  ...{ source: random.one(words.sources), note: words.note(random), product_ids: [] },
  ...{ owner_id: random.id(now.getTime()), amount: random.below(5000) * 1000, currency: 'EUR' },
});
