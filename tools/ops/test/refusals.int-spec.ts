import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Database, messagingUp } from '@voronka/messaging';
import { freshDatabase, type FreshDatabase } from '@voronka/testing';
import { lag } from '../src/lag.js';
import { discardParked, listParked } from '../src/parked.js';
import { System } from '../src/system.js';
import { verify } from '../src/verify.js';

describe('npm run ops on a database that does not do as it is asked', () => {
  const role = `nobody_${randomBytes(4).toString('hex')}`;
  let fresh: FreshDatabase;
  let owner: Database;
  const open: System[] = [];
  const system = (url = fresh.url) => {
    const settings = { databaseUrl: url, brokerUrl: url, topicPrefix: '' };
    const one = new System(settings, () => url);
    open.push(one);
    return one;
  };
  const as = (user: string, password: string) => {
    const url = new URL(fresh.url);
    Object.assign(url, { username: user, password });
    return system(url.href);
  };
  const sql = (text: string) => owner.query({ text });

  beforeAll(async () => {
    fresh = await freshDatabase();
    owner = new Database({ url: fresh.url });
    await sql(`create role ${role} login password 'secret'`);
  });
  afterAll(async () => {
    await Promise.all(open.map((one) => one.close()));
    await sql(`drop owned by ${role}; drop role ${role}`);
    await owner.close();
    await fresh.drop();
  });

  it('says what is to be done where the service was never started', async () => {
    const sentence = /^voronka_leads has no tables of ours yet: start the service once, it makes them/;
    await expect(listParked(system(), {}, ['leads'])).rejects.toThrow(sentence);
    await expect(lag(system(), ['leads'])).rejects.toThrow(sentence);
    await expect(verify(system(), 1)).rejects.toThrow(/^voronka_identity has no tables of ours yet/);
  });

  it('says who may, where its user may not', async () => {
    for (const text of messagingUp) await sql(text);
    await expect(listParked(as(role, 'secret'), {}, ['leads'])).rejects.toThrow(
      /^voronka_leads does not let this user do that: name one in DATABASE_URL who may, .* \(permission denied for table parked_event\)\.$/,
    );
  });

  it('says where to turn, where it is open for reading only', async () => {
    await sql(`grant all on all tables in schema public to ${role}`);
    await sql(
      `insert into parked_event (topic, partition, "offset", record, headers, status, attempts) values ('t', 0, 0, 'r', '{}', 'failed', 1)`,
    );
    await sql(`alter role ${role} set default_transaction_read_only = on`);
    const reader = as(role, 'secret');
    const [parked] = await listParked(reader, {}, ['leads']);
    await expect(discardParked(reader, 'leads', [parked!.id], 'Why not')).rejects.toThrow(
      /^voronka_leads is open for reading only: name in DATABASE_URL the server that is written to/,
    );
  });

  it('names the setting, and not the password, where that is wrong', async () => {
    const refused = listParked(as(role, 'guessed'), {}, ['leads']);
    await expect(refused).rejects.toThrow(
      /does not answer \(password authentication failed .*DATABASE_URL is right\.$/,
    );
    await expect(refused).rejects.not.toThrow(/guessed/);
  });
});
