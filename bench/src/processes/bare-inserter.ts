import pg from 'pg';
import { monotonic } from '../harness/clock.js';
import { leadRowAfter, lead, type LeadRow } from '../load/leads.js';
import { events, grouped } from '../load/lives.js';
import { Random } from '../load/random.js';
import { serve, settingsOf } from './serve.js';

/** pg alone: how fast the rows that taking events in leaves behind can be written, one statement per table and batch. */
const { databaseUrl } = settingsOf<{ databaseUrl: string }>();
/** As many partitions as are taken in at once. */
const CONNECTIONS = 3;

const inbox = `insert into inbox (event_id) select unnest($1::uuid[]) on conflict do nothing`;
const progress = `
  insert into record_progress as p (record, version, seen)
  select record, version, version from unnest($1::text[], $2::bigint[]) as s(record, version) order by record
  on conflict (record) do update set version = excluded.version, seen = excluded.seen`;
const leads = `
  insert into lead as l (id, version, status, furthest, owner_id, source, captured_at, converted_at)
  select * from unnest($1::uuid[], $2::integer[], $3::text[], $4::integer[], $5::uuid[], $6::text[], $7::timestamptz[],
    $8::timestamptz[])
  on conflict (id) do update set version = excluded.version, status = excluded.status, furthest = excluded.furthest,
    owner_id = excluded.owner_id, source = excluded.source, converted_at = excluded.converted_at`;

interface Batch {
  readonly ids: readonly string[];
  /** The last row of each lead in the batch. */
  readonly rows: readonly LeadRow[];
}

serve({
  /** Writes the rows of so many events; answers events a second after the first `warmUp` of them. */
  rate: async ({
    count,
    warmUp,
    perBatch,
    seed,
  }: {
    count: number;
    warmUp: number;
    perBatch: number;
    seed: number;
  }) => {
    const lanes = batches(count, perBatch, seed);
    let written = 0;
    let warm: { at: number; written: number } | undefined;
    const clients = lanes.map(() => new pg.Client({ connectionString: databaseUrl }));
    await Promise.all(clients.map((client) => client.connect()));
    await Promise.all(
      lanes.map(async (lane, i) => {
        for (const batch of lane) {
          await write(clients[i] as pg.Client, batch);
          written += batch.ids.length;
          if (!warm && written >= warmUp) warm = { at: monotonic(), written };
        }
      }),
    );
    const began = warm ?? { at: 0, written: 0 };
    const perSecond = ((written - began.written) * 1000) / (monotonic() - began.at);
    await Promise.all(clients.map((client) => client.end()));
    return perSecond;
  },
});

/** Each lead's events stay in one lane, as its messages stay in one partition. */
function batches(count: number, perBatch: number, seed: number): Batch[][] {
  const random = new Random(1);
  const known = new Map<string, LeadRow>();
  const lanes = Array.from({ length: CONNECTIONS }, () => [] as LeadRow[]);
  for (const event of events(count, seed, [lead])) {
    const row = leadRowAfter(known.get(event.recordId), event);
    known.set(row.id, row);
    lanes[row.id.charCodeAt(row.id.length - 1) % CONNECTIONS]?.push(row);
  }
  return lanes.map((rows) =>
    [...grouped(rows, perBatch)].map((group) => ({
      ids: group.map(({ capturedAt }) => random.id(capturedAt.getTime())),
      rows: [...new Map(group.map((row) => [row.id, row])).values()],
    })),
  );
}

async function write(client: pg.Client, { ids, rows }: Batch): Promise<void> {
  const column = <T>(of: (row: LeadRow) => T) => rows.map(of);
  await client.query('begin');
  await client.query({ name: 'inbox', text: inbox, values: [ids] });
  await client.query({
    name: 'leads',
    text: leads,
    values: [
      ...[column((r) => r.id), column((r) => r.version), column((r) => r.status), column((r) => r.furthest)],
      ...[column((r) => r.ownerId), column((r) => r.source), column((r) => r.capturedAt), column((r) => r.convertedAt)],
    ],
  });
  const records = column((r) => `crm.lead.events/${r.id}`);
  await client.query({ name: 'progress', text: progress, values: [records, column((r) => r.version)] });
  await client.query('commit');
}
