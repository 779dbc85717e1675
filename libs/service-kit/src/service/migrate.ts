import type { Database } from '@voronka/messaging';
import { DataSource, DefaultNamingStrategy, type Logger } from 'typeorm';
import { snake } from '../store/table.js';
import type { ServiceDefinition } from './definition.js';
import {
  AddRoleLimits1700000000008,
  CreateDatabaseId1700000000010,
  CreateDirectoryBulkRead1700000000006,
  CreateDirectoryCover1700000000005,
  CreateKitTables1700000000000,
  CreateOutboxHold1700000000003,
  CreateDirectoryRoles1700000000004,
  CreateRecordProgress1700000000001,
  CreateShareHolder1700000000009,
  IndexInboxAge1700000000002,
} from './kit.migration.js';

class SnakeNames extends DefaultNamingStrategy {
  override columnName(property: string, custom: string | undefined): string {
    return custom ?? snake(property);
  }
}

const say = () => {};
/** What fails is thrown, and what is done can be read in the database: the ORM's own lines would be none of JSON. */
const silent: Logger = {
  ...{ log: say, logMigration: say, logSchemaBuild: say },
  ...{ logQuery: say, logQueryError: say, logQuerySlow: say },
};

const migrationsOf = (definition: ServiceDefinition) => [
  CreateKitTables1700000000000,
  CreateRecordProgress1700000000001,
  IndexInboxAge1700000000002,
  CreateOutboxHold1700000000003,
  CreateDirectoryRoles1700000000004,
  CreateDirectoryCover1700000000005,
  CreateDirectoryBulkRead1700000000006,
  AddRoleLimits1700000000008,
  CreateShareHolder1700000000009,
  CreateDatabaseId1700000000010,
  ...definition.migrations,
];

/** The ORM's view of a service's database: its entities and migrations, never `synchronize`. */
export const dataSourceOf = (definition: ServiceDefinition, url: string): DataSource =>
  new DataSource({
    type: 'postgres',
    url,
    entities: [...definition.entities],
    migrations: migrationsOf(definition),
    migrationsTableName: 'migration',
    namingStrategy: new SnakeNames(),
    synchronize: false,
    logger: silent,
    poolSize: 2,
  });

/** Brings the database to this version's schema. Of several instances that start at once, one does it and the others wait. */
export async function migrate(definition: ServiceDefinition, url: string, database: Database): Promise<void> {
  const lock = await database.dedicated();
  const source = dataSourceOf(definition, url);
  try {
    await lock.query(`select pg_advisory_lock(hashtext('voronka migrations'))`);
    await source.initialize();
    await source.runMigrations({ transaction: 'each' });
  } finally {
    if (source.isInitialized) await source.destroy();
    await lock.end();
  }
}

/** What tells this database from any other. */
export async function databaseId(database: Database): Promise<string> {
  const { rows } = await database.query<{ id: string }>({ text: 'select id from database_id' });
  return rows[0]!.id;
}

/** Whether the database has this version's schema: `older` and `newer` are those of other versions, `none` has no tables of ours. */
export async function schemaAge(
  definition: ServiceDefinition,
  database: Database,
): Promise<'this' | 'older' | 'newer' | 'none'> {
  const there = await database.query<{ table: string | null }>({
    text: `select to_regclass('migration')::text as table`,
  });
  if (!there.rows[0]?.table) return 'none';
  const { rows } = await database.query<{ name: string }>({ text: 'select name from migration' });
  const done = new Set(rows.map(({ name }) => name));
  const known = migrationsOf(definition).map((migration) => new migration().name ?? migration.name);
  if (known.some((name) => !done.has(name))) return 'older';
  return done.size > known.length ? 'newer' : 'this';
}
