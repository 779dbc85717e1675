import { Database } from '@voronka/messaging';
import { recallRecords, tableOf, type Recalled, type ServiceDefinition } from '@voronka/service-kit';
import { eventually } from './eventually.js';
import type { ServiceUnderTest } from './service.js';

/** What came of a recall, and each record that the service publishes before and after it, but for the digest of its creation, which no event says. */
export interface RecalledSince extends Recalled {
  readonly before: readonly object[];
  readonly after: readonly object[];
  /** What a second recall came to. */
  readonly again: Recalled['nouns'];
}

/**
 * Has a service's database be again as it was before something was done, as a backup of that time would make it, recalls
 * what the service's own topics know, and starts it again.
 */
export async function recalledSince(
  system: ServiceUnderTest,
  definition: ServiceDefinition,
  something: () => Promise<unknown>,
): Promise<RecalledSince> {
  const query = <R>(text: string) => system.service.database.query<R>({ text });
  const published = () => eventually(async () => (await query('select from outbox')).rowCount === 0);
  const records = async () => {
    const rows: object[] = [];
    for (const { name } of definition.entities.map(tableOf)) {
      if (!definition.publishes.some((noun) => noun.replaceAll('-', '_') === name)) continue;
      rows.push(
        ...(await query<{ row: object }>(`select to_jsonb(t) - 'fingerprint' as row from "${name}" t order by id`))
          .rows,
      );
    }
    return rows;
  };
  await published();
  await query('create schema backup');
  for (const { name } of await tables(system.service.database))
    await query(`create table backup."${name}" as table "${name}"`);
  await something();
  await published();
  const before = await records();
  let recalled: Recalled | undefined;
  let again: Recalled | undefined;
  await system.restart(async (url) => {
    await restore(url);
    const settings = { DATABASE_URL: url, BROKER_URL: url, TOPIC_PREFIX: '' };
    recalled = await recallRecords(definition, settings);
    again = await recallRecords(definition, settings);
  });
  return { ...recalled!, before, after: await records(), again: again!.nouns };
}

async function restore(url: string): Promise<void> {
  const database = new Database({ url, max: 1, settings: { session_replication_role: 'replica' } });
  const all = await tables(database);
  await database.query({ text: `truncate ${all.map(({ name }) => `"${name}"`).join(', ')}` });
  for (const { name, columns } of all)
    await database.query({
      text: `insert into "${name}" (${columns}) overriding system value select ${columns} from backup."${name}"`,
    });
  await database.query({ text: 'drop schema backup cascade' });
  await database.close();
}

/** The service's own tables; the log of this broker lies beside them. */
async function tables(database: Database): Promise<{ name: string; columns: string }[]> {
  const { rows } = await database.query<{ name: string; columns: string }>({
    text: `select c.relname as name, string_agg(quote_ident(a.attname), ', ') as columns
      from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
      where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
        and c.relname not like 'bus_%'
      group by c.relname`,
  });
  return rows;
}
