import pg from 'pg';
import type { Row } from './evidence.js';

const shared = ['outbox', 'parked_event'];
const consuming = ['inbox', 'record_progress', 'directory_user', 'directory_role', ...shared];

/** What the checker reads of each service's database. */
export const tables: Readonly<Record<string, readonly string[]>> = {
  identity: [
    'user',
    'team',
    'role',
    'cover',
    'session',
    'api_key',
    'bulk_read',
    'offboarding',
    'reference',
    'inbox',
    ...shared,
  ],
  leads: ['lead', 'conversion', 'handover', 'reference', ...consuming],
  accounts: ['company', 'contact', 'account_conversion', 'handover', ...consuming],
  deals: [
    ...['pipeline', 'product', 'deal', 'deal_conversion', 'handover', 'reference'],
    ...['board_cell', 'board_total', 'board_change'],
    ...consuming,
  ],
  tasks: ['activity', 'handover', 'reference', ...consuming],
  analytics: ['pipeline', 'deal', 'deal_stay', 'lead', 'reference', ...consuming],
};

/** Tables as long as the topics: only so much is asked of them. */
const lean: Record<string, string> = {
  inbox: `json_build_object('event_id', event_id)`,
  record_progress: `json_build_object('record', record, 'version', version)`,
};

/** The databases of the services, as the checker reads them: in sessions that can change nothing. */
export interface Databases {
  readonly services: readonly string[];
  /** Rows by `service.table`, of each database as it was at one moment. */
  read(): Promise<Map<string, Row[]>>;
  /** How many of these rows of a service's outbox have not left it. */
  unsent(service: string, ids: readonly string[]): Promise<number>;
}

export const databasesAt = (urls: Record<string, string>): Databases => ({
  services: Object.keys(urls),
  read: async () => {
    const all = new Map<string, Row[]>();
    for (const [service, url] of Object.entries(urls)) {
      const rows = await reading(url, (client) => snapshot(client, service));
      for (const [name, table] of rows) all.set(`${service}.${name}`, table);
    }
    return all;
  },
  unsent: async (service, ids) => {
    const url = urls[service];
    if (ids.length === 0 || url === undefined) return 0;
    const text = 'select count(*)::int as n from outbox where id = any($1::bigint[])';
    const { rows } = await reading(url, (client) => client.query<{ n: number }>(text, [ids]));
    return rows[0]?.n ?? 0;
  },
});

async function snapshot(client: pg.Client, service: string): Promise<Map<string, Row[]>> {
  await client.query('begin isolation level repeatable read read only');
  const all = new Map<string, Row[]>();
  for (const name of tables[service] ?? []) {
    const columns = lean[name] ?? 'to_json(t)';
    const text = `select ${columns} as row from ${client.escapeIdentifier(name)} t`;
    const { rows } = await client.query<{ row: Row }>(text);
    all.set(
      name,
      rows.map(({ row }) => row),
    );
  }
  return all;
}

async function reading<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'voronka-checker',
    options: '-c default_transaction_read_only=on',
  });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
