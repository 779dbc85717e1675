import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import type { Client } from '../tools/import/src/client.js';
import { capture, convert, converted, qualify } from './story.js';
import { wholeSystem, type SystemUnderTest } from './system.js';

interface Verified {
  events: number;
  looks: number;
  findings: { rule: string; ids: string[] }[];
}

describe.each(['kafka', 'postgres'] as const)('npm run ops -- verify, with the events in %s', (broker) => {
  let voronka: SystemUnderTest;
  let admin: Client;

  beforeAll(async () => {
    voronka = await wholeSystem({ broker });
    admin = voronka.administrator;
  }, 180_000);
  afterAll(() => voronka.stop(), 60_000);

  async function ops(...args: string[]) {
    const line = ['tools/ops/dist/main.js', ...args, '--data', voronka.dataFolder];
    const child = spawn(process.execPath, line, { stdio: ['ignore', 'pipe', 'pipe'] });
    const [out, complaint, status] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      new Promise<number | null>((resolve) => child.once('close', resolve)),
    ]);
    return { status, out: out.trim(), complaint: complaint.trim() };
  }
  const verify = async () => {
    const { status, out, complaint } = await ops('verify', '--json');
    if (complaint) throw new Error(complaint);
    const { findings, ...more } = JSON.parse(out) as Verified;
    return { status, ...more, found: Object.fromEntries(findings.map(({ rule, ids }) => [rule, ids])) };
  };
  const sql = async <R extends object>(service: 'leads' | 'analytics', statement: string, ...values: unknown[]) => {
    const client = new pg.Client({ connectionString: voronka.system.databaseUrl(service) });
    await client.connect();
    try {
      return (await client.query<R>(statement, values)).rows;
    } finally {
      await client.end();
    }
  };
  /** People who write as long as the work lasts: new leads, one that all of them change, conversions. */
  const whilePeopleWrite = async <T>(work: () => Promise<T>): Promise<T> => {
    const shared = await capture(admin);
    let writing = true;
    const people = [1, 2, 3].map(async (person) => {
      for (let n = 0; writing; n++) {
        const input = { note: person === n % 4 ? null : `Note ${n % 2}` };
        await admin.ask('mutation ($id: ID!, $input: UpdateLeadInput!) { updateLead(id: $id, input: $input) { id } }', {
          id: shared,
          input,
        });
        const id = await capture(admin);
        if (n % 5 > 0) continue;
        await qualify(admin, id);
        await convert(admin, id);
      }
    });
    try {
      return await work();
    } finally {
      writing = false;
      await Promise.all(people);
    }
  };

  it('finds nothing wrong while people write', async () => {
    expect(await whilePeopleWrite(verify)).toMatchObject({ status: 0, found: {} });
    const quiet = await ops('verify');
    expect(quiet).toMatchObject({ status: 0, complaint: '' });
    expect(quiet.out).toMatch(/^Nothing is wrong: [\d,]+ events and 6 databases, looked at /);
  }, 180_000);

  it('tells of each thing that was deleted or altered which it is, and of nothing else, also while people write', async () => {
    const [lost, forgotten, altered] = [await capture(admin), await capture(admin), await capture(admin)];
    const id = await capture(admin);
    await qualify(admin, id);
    await convert(admin, id);
    await converted(admin, id);
    await verify();
    const [row] = await sql<{ row: object }>(
      'analytics',
      'delete from lead where id = $1 returning to_json(lead) as row',
      lost,
    );
    const [event] = await sql<{ event_id: string }>(
      'analytics',
      `delete from inbox where event_id in (select event_id from inbox order by received_at desc limit 1) returning event_id`,
    );
    await sql('leads', 'update lead set version = version + 1 where id = $1', altered);
    await sql('leads', `update lead set person_name = 'Somebody else' where id = $1`, forgotten);

    const { status, found } = await whilePeopleWrite(verify);
    expect(status).toBe(1);
    expect(found).toEqual({
      'analytics.lead lacks a row': [lost],
      'analytics does not know of an event': [expect.stringMatching(new RegExp(` ${event!.event_id}$`))],
      'database and topic are at different versions': [`lead ${altered}: 2 and 1`],
      'state and database are at different versions': [`lead ${altered}: 1 and 2`],
      'database and topic differ': [`lead ${forgotten}.personName`],
    });
    const said = await ops('verify');
    expect(said.status).toBe(1);
    expect(said.out).toMatch(/^Something is wrong: /);
    expect(said.out).toContain(`analytics.lead lacks a row (1)\n  ${lost}`);

    await sql('analytics', 'insert into lead select * from json_populate_record(null::lead, $1)', row!.row);
    await sql('analytics', 'insert into inbox (event_id) values ($1)', event!.event_id);
    await sql('leads', 'update lead set version = version - 1 where id = $1', altered);
    await sql('leads', `update lead set person_name = 'Sophie Barnes' where id = $1`, forgotten);
    expect(await verify()).toMatchObject({ status: 0, found: {} });
  }, 180_000);

  it('does not judge a system of which a service does not keep up', async () => {
    await voronka.system.process('analytics').stop();
    await capture(admin);
    const { status, out, complaint } = await ops('verify', '--patience', '2');
    expect(complaint).toMatch(
      /^The services do not keep up, so nothing was judged: analytics has still to read \d+ messages of .*crm\.lead\.events/,
    );
    expect({ status, out }).toEqual({ status: 1, out: '' });
    await voronka.system.process('analytics').start();
    expect(await verify()).toMatchObject({ status: 0, found: {} });
  }, 120_000);
});
