import type { Database } from '@voronka/messaging';
import { DataSource, DefaultNamingStrategy } from 'typeorm';
import { snake } from '../store/table.js';
import type { ServiceDefinition } from './definition.js';
import {
  CreateKitTables1700000000000,
  CreateOutboxHold1700000000003,
  CreateRecordProgress1700000000001,
  IndexInboxAge1700000000002,
} from './kit.migration.js';

class SnakeNames extends DefaultNamingStrategy {
  override columnName(property: string, custom: string | undefined): string {
    return custom ?? snake(property);
  }
}

/** The ORM's view of a service's database: its entities and migrations, never `synchronize`. */
export const dataSourceOf = (definition: ServiceDefinition, url: string): DataSource =>
  new DataSource({
    type: 'postgres',
    url,
    entities: [...definition.entities],
    migrations: [
      CreateKitTables1700000000000,
      CreateRecordProgress1700000000001,
      IndexInboxAge1700000000002,
      CreateOutboxHold1700000000003,
      ...definition.migrations,
    ],
    migrationsTableName: 'migration',
    namingStrategy: new SnakeNames(),
    synchronize: false,
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
