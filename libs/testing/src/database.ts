import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { setting } from './setting.js';

export interface FreshDatabase {
  readonly url: string;
  /** Removes the database, with whoever is still connected. */
  drop(): Promise<void>;
}

/** A new, empty database on the server of TEST_DATABASE_URL. */
export async function freshDatabase(): Promise<FreshDatabase> {
  const server = setting('TEST_DATABASE_URL');
  const name = `test_${randomBytes(8).toString('hex')}`;
  await onServer(server, `create database ${name} template template0`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => onServer(server, `drop database if exists ${name} with (force)`) };
}

async function onServer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, application_name: 'voronka tests' });
  client.on('error', () => {});
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
