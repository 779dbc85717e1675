import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Database } from '@voronka/messaging';
import { freshDatabase } from '@voronka/testing';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { migrate, schemaAge } from '../src/index.js';
import { notes } from './note.js';

/** Two statements, of which the second fails until it is mended. */
class AddHalves1900000000000 implements MigrationInterface {
  name = 'AddHalves1900000000000';
  static mended = false;
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('create table half (id integer)');
    await runner.query(AddHalves1900000000000.mended ? 'select 1' : 'select no_such_thing');
  }
  async down(): Promise<void> {}
}

describe('the migrations of a service', () => {
  let fresh: Awaited<ReturnType<typeof freshDatabase>>;
  let databases: Database[];
  beforeAll(async () => {
    fresh = await freshDatabase();
    databases = [0, 1, 2].map(() => new Database({ url: fresh.url, max: 2 }));
  });
  afterAll(async () => {
    await Promise.all(databases.map((database) => database.close()));
    await fresh.drop();
  });
  const all = (definition: typeof notes) =>
    Promise.allSettled(databases.map((database) => migrate(definition, fresh.url, database)));
  const rows = async (text: string) => (await databases[0]!.query<{ n: number }>({ text })).rows;

  it('run once, however many instances start at the same moment', async () => {
    const ended = await all(notes);
    expect(ended.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled']);
    expect(await rows('select count(*) as n from migration group by name having count(*) > 1')).toEqual([]);
    expect(await rows('select count(*) as n from note')).toEqual([{ n: 0 }]);
  });

  it('leave nothing half done where one fails, and are taken up again by the next start', async () => {
    const next = { ...notes, migrations: [...notes.migrations, AddHalves1900000000000] };
    const ended = await all(next);
    expect(ended.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(await rows(`select 1 as n from pg_tables where tablename = 'half'`)).toEqual([]);
    AddHalves1900000000000.mended = true;
    await all(next);
    expect(await rows(`select count(*) as n from migration where name like 'AddHalves%'`)).toEqual([{ n: 1 }]);
  });

  it('that a newer version has run leave the version before to work, which can tell', async () => {
    expect((await all(notes)).map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled']);
    expect(await schemaAge(notes, databases[0]!)).toBe('newer');
  });
});
