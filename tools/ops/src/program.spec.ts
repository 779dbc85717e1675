import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { lettersMeant } from './dlq.command.js';
import { run } from './program.js';
import { settingsOf } from './settings.js';

/** Runs a command line where nothing listens. */
async function ops(line: string, environment: NodeJS.ProcessEnv = nowhere) {
  const said = { out: '', complaint: '' };
  const status = await run(line.split(' ').filter(Boolean), {
    environment,
    out: (text) => (said.out += text),
    complain: (text) => (said.complaint += text),
  });
  return { status, ...said };
}
const nowhere = { DATABASE_URL: 'postgres://me:secret@127.0.0.1:1/', BROKER_URL: 'kafka://127.0.0.1:1' };
const services = 'identity, leads, accounts, deals, tasks, analytics';

describe('npm run ops', () => {
  it.each([
    ['', /^Say what to do: npm run ops -- --help lists it\.$/],
    ['parked', /^Say what to do/],
    ['dance', /^Unknown command 'dance'\. npm run ops -- --help shows how\.$/],
    ['parked dance', /^Unknown command 'dance'/],
    ['lag --fast', /^Unknown option '--fast'/],
    ['lag --service sales', new RegExp(`It is one of ${services}\\.`)],
    ['lag leads', /^Too many arguments/],
    ['parked list --limit many', /Give a whole number from 1 up\./],
    ['parked show leads', /^Missing required argument 'id'/],
    ['parked show leads 0', /Give a whole number from 1 up\./],
    ['parked replay sales 3', new RegExp(`It is one of ${services}\\.`)],
    ['parked replay leads', /^Name the events by their numbers, or by one of --record, --topic and --code\.$/],
    ['parked replay leads 3 --code INTERNAL', /^Name the events by their numbers, or by one of/],
    ['parked discard leads 3', /^Required option '--reason <sentence>' not specified\./],
    ['dlq', /^Say what to do/],
    ['dlq list --service sales', new RegExp(`It is one of ${services}\\.`)],
    ['dlq list --limit 0', /Give a whole number from 1 up\./],
    ['dlq show leads', /^Missing required argument 'letter'/],
    ['dlq show leads x', /Give an offset, such as 3, or partition and offset, 0\/3\./],
    ['dlq replay sales 3', new RegExp(`It is one of ${services}\\.`)],
    ['dlq replay leads 1/', /Give an offset, such as 3, or partition and offset, 0\/3\./],
    ['dlq replay leads', /^Name the letters by their places, with --topic where needed, or by --all-of-topic\.$/],
    ['dlq replay leads 3 --all-of-topic crm.lead.events', /^Name the letters by their places/],
    ['dlq replay leads --topic crm.lead.events', /^Name the letters by their places/],
    ['verify now', /^Too many arguments/],
    ['verify --patience now', /Give a whole number from 1 up\./],
    ['topics raise crm.lead.events', /^Required option '--partitions <number>' not specified\./],
    ['topics raise crm.lead.events --partitions 0', /Give a whole number from 1 up\./],
    ['states refill', /^Missing required argument 'service'/],
    ['states refill sales', new RegExp(`It is one of ${services}\\.`)],
    ['rebuild', /^Missing required argument 'service'/],
    ['rebuild sales', new RegExp(`It is one of ${services}\\.`)],
    ['rebuild leads now', /^Too many arguments/],
    ['topics check --data', /^Option '--data <folder>' argument missing\./],
  ])('answers “%s” with a sentence and status 2', async (line, sentence) => {
    const { status, out, complaint } = await ops(line);
    expect(complaint).toMatch(sentence);
    expect(complaint.split('\n')).toHaveLength(1);
    expect({ status, out }).toEqual({ status: 2, out: '' });
  });

  it('asks for a reason that says something', async () => {
    const said = { complaint: '' };
    const status = await run(['parked', 'discard', 'leads', '3', '--reason', '  '], {
      environment: nowhere,
      out: () => {},
      complain: (text) => (said.complaint += text),
    });
    expect({ status, ...said }).toEqual({ status: 2, complaint: '--reason is empty: say why the event is given up.' });
  });

  it('shows how with --help, and that is no mistake', async () => {
    const { status, out, complaint } = await ops('parked discard --help');
    expect({ status, complaint }).toEqual({ status: 0, complaint: '' });
    expect(out).toContain('--reason <sentence>');
  });

  it.each([
    ['lag', 'DATABASE_URL'],
    ['parked list', 'DATABASE_URL'],
    ['parked replay leads 3', 'DATABASE_URL'],
    ['rebuild leads', 'DATABASE_URL'],
    ['dlq list', 'BROKER_URL'],
    ['dlq show leads 3', 'BROKER_URL'],
    ['dlq replay leads 3', 'BROKER_URL'],
    ['verify', 'DATABASE_URL'],
    ['topics check', 'BROKER_URL'],
    ['topics apply --json', 'BROKER_URL'],
    ['topics raise crm.lead.events --partitions 12', 'BROKER_URL'],
  ])('names the setting where a server does not answer “%s”, without its password', async (line, setting) => {
    const { status, out, complaint } = await ops(line);
    expect(complaint).toMatch(/127\.0\.0\.1:1 does not answer/);
    expect(complaint).toContain(`${setting} is right.`);
    expect(complaint).not.toContain('secret');
    expect({ status, out }).toEqual({ status: 1, out: '' });
  });

  it.each([
    [{}, /^DATABASE_URL is not set: give the server/],
    [{ DATABASE_URL: 'mysql://a' }, /^DATABASE_URL is not an address: give postgres:/],
    [{ DATABASE_URL: nowhere.DATABASE_URL }, /^BROKER_URL is not set: give kafka:/],
    [{ ...nowhere, BROKER_URL: '127.0.0.1:9092' }, /^BROKER_URL is not an address: give kafka:/],
  ])('names the setting that is missing or wrong: %j', async (environment, sentence) => {
    const { status, complaint } = await ops('lag', environment);
    expect(complaint).toMatch(sentence);
    expect(status).toBe(1);
  });
});

describe('the letters of a replay', () => {
  it('are some by their places, or all of a topic', () => {
    const places = [{ partition: 0, offset: 3 }];
    expect(lettersMeant(places, {})).toEqual({ places });
    expect(lettersMeant(places, { topic: 'crm.lead.events' })).toEqual({ topic: 'crm.lead.events', places });
    for (const none of [undefined, []])
      expect(lettersMeant(none, { allOfTopic: 'crm.lead.events' })).toEqual({ topic: 'crm.lead.events' });
  });
});

describe('the settings of a local start', () => {
  const folder = (state: string) => {
    const data = mkdtempSync(join(tmpdir(), 'voronka-ops-'));
    for (const name of ['keys', 'postgres', 'kafka']) mkdirSync(join(data, name));
    writeFileSync(join(data, 'keys', 'postgres-password'), 'pass');
    writeFileSync(join(data, 'postgres', 'postmaster.pid'), '77\n/data\n1700000000\n5791\n\n127.0.0.1\n');
    writeFileSync(
      join(data, 'kafka', 'server.properties'),
      'listeners=PLAINTEXT://127.0.0.1:9791,CONTROLLER://127.0.0.1:1\nadvertised.listeners=PLAINTEXT://127.0.0.1:9791\n',
    );
    writeFileSync(join(data, 'state.json'), state);
    return data;
  };
  const databaseUrl = 'postgres://voronka:pass@127.0.0.1:5791/postgres';

  it('are found in its data folder', () => {
    expect(settingsOf({}, folder('{"broker":"kafka"}'))).toEqual({
      databaseUrl,
      brokerUrl: 'kafka://127.0.0.1:9791',
      topicPrefix: '',
    });
    expect(settingsOf({ TOPIC_PREFIX: 'a.' }, folder('{"broker":"postgres"}'))).toEqual({
      databaseUrl,
      brokerUrl: 'postgres://voronka:pass@127.0.0.1:5791/voronka_bus',
      topicPrefix: 'a.',
    });
  });

  it('give way to those that are set', () => {
    expect(settingsOf(nowhere, folder('{}'))).toEqual({
      databaseUrl: nowhere.DATABASE_URL,
      brokerUrl: nowhere.BROKER_URL,
      topicPrefix: '',
    });
  });

  it('are asked for where the folder does not tell', () => {
    expect(() => settingsOf({}, '/nowhere')).toThrow(/^There is no local start in \/nowhere: /);
    expect(() => settingsOf({}, folder('{"broker":"given"}'))).toThrow(
      /does not say where its Kafka is: set BROKER_URL/,
    );
  });
});
