import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { deed, present, type Deed } from './fault.js';
import { kinds } from './faults.js';
import type { History } from './history.js';
import type { Person } from './person.js';
import { type Bag, Random } from './random.js';
import type { Batch, Hurt, RoundReport } from './report.js';
import { assemble, hurt, seconds, settle } from './round.js';
import { signal, type Stage } from './stage.js';
import { importRows } from './writers.js';

/** What conversions are hurt with, again and again while they are under way. */
const KILLS = ['leads', 'accounts', 'deals', 'gateway', 'kafka', 'postgres'] as const;
const OTHERS = ['cut-links', 'lost-responses', 'black-hole', 'freeze-service', 'freeze-postgres', 'stolen-lock'];
export const massFaults: readonly string[] = [...KILLS.map((name) => `kill-${name}`), ...OTHERS];

interface Mass {
  size: number;
  round: number;
  seed: number;
  history: History;
  people: readonly Person[];
  bag: Bag;
}

/**
 * Converts so many new leads, some of them taken back on the way, while one fault follows another until all are asked for; then
 * heals, and everything must be whole or wholly undone.
 */
export async function playConversions(stage: Stage, mass: Mass): Promise<RoundReport> {
  const { size, round, seed, history, people, bag } = mass;
  const before = { ...history.counts };
  const random = new Random(seed, `conversions ${round}`);
  const left = await newLeads(size, { round, random, history, who: people[0] as Person });
  const began = Date.now();
  const batch: Batch = { begun: 0, cancelled: 0, struck: {} };
  const faults: Hurt[] = [];
  let over = false;
  const hurting = (async () => {
    while (!over) {
      const kind = bag.draw();
      await count(stage, batch.struck);
      const done = await hurt({ kind, ...make(kind, stage, random) }, random.between(0, 400));
      if (done.outcome === 'not done') bag.putBack(kind);
      faults.push(done);
    }
  })();
  const asking = people.map(async (who, client) => {
    const own = new Random(seed, `conversions ${round} client ${client}`);
    for (let lead = left.pop(); lead; lead = left.pop()) {
      await sleep(own.between(20, 200));
      await convert(lead, { who, client, round, random: own, history, batch });
    }
  });
  await Promise.all(asking).finally(() => (over = true));
  await hurting;
  const hurtFor = seconds(began, Date.now());
  const settled = await settle(stage, history, Promise.resolve());
  return { ...assemble({ round, faults, before, history, hurtFor, settled }), conversions: batch };
}

function make(kind: string, stage: Stage, random: Random): Deed {
  const killed = KILLS.find((name) => kind === `kill-${name}`);
  if (!killed) return (kinds[kind] as NonNullable<(typeof kinds)[string]>)(stage, random);
  const control = killed === 'kafka' || killed === 'postgres' ? stage[killed].supervised : stage.system.process(killed);
  return deed(`kill -9 ${killed}`, async () => {
    await present(killed, () => control.pid);
    signal(control.pid, 'SIGKILL');
    // Before its supervisor hears of it: it is back at once, instead of after the pauses that follow many deaths in a row.
    await control.stop(0);
    await control.start();
  });
}

async function newLeads(
  size: number,
  { round, random, history, who }: { round: number; random: Random; history: History; who: Person },
): Promise<string[]> {
  const ids: string[] = [];
  while (ids.length < size) {
    if (!(await who.ensureSession())) throw new Error('Nobody could sign in.');
    const rows = Array.from({ length: Math.min(250, size - ids.length) }, () => {
      const name = `torture:${random.id()}`;
      const company = random.chance(0.8) ? { companyName: `C ${name}` } : {};
      return { externalId: name, personName: `I ${name}`, source: 'import', ...company };
    });
    ids.push(...(await importRows(who, rows, { history, random, round, client: 0 })));
  }
  return ids;
}

interface Asking {
  who: Person;
  client: number;
  round: number;
  random: Random;
  history: History;
  batch: Batch;
}

/** Asks until there is an answer: the same lead is converted once, however often it is asked. Some are then taken back. */
async function convert(lead: string, at: Asking): Promise<void> {
  const { random, batch } = at;
  // Sometimes it becomes less than usual.
  const input = random.chance(0.1) ? { deal: null } : random.chance(0.1) ? { company: null } : {};
  const query = 'mutation ($id: ID!, $input: ConvertLeadInput) { convertLead(id: $id, input: $input) { id version } }';
  const id = await ask('convertLead', { id: lead, input }, query, { ...at, noun: 'lead' });
  if (id === undefined) return;
  batch.begun += 1;
  if (!random.chance(0.15)) return;
  await sleep(random.between(0, 1_000));
  const cancel = 'mutation ($id: ID!) { cancelConversion(id: $id) { id version } }';
  if (await ask('cancelConversion', { id }, cancel, { ...at, noun: 'conversion' })) batch.cancelled += 1;
}

/** The id that was answered; undefined where it was refused. Rejects when nobody answers for two minutes. */
async function ask(
  verb: string,
  variables: { id: string; input?: object },
  query: string,
  { who, client, round, random, history, noun }: Asking & { noun: string },
): Promise<string | undefined> {
  for (const until = Date.now() + 120_000; Date.now() < until; await sleep(250)) {
    if (!(await who.ensureSession())) continue;
    const correlation = random.id();
    const askedAt = new Date().toISOString();
    const told = await who.ask<Record<string, { id: string; version: number }>>(query, variables, correlation);
    const answer = told.data?.[verb];
    const entry = { round, client, verb, noun, id: variables.id, correlation, askedAt };
    history.add({
      ...entry,
      answeredAt: new Date().toISOString(),
      outcome: told.outcome,
      ...(told.code ? { code: told.code } : {}),
      ...(answer ? { version: answer.version } : {}),
    });
    if (told.outcome === 'acknowledged') return answer?.id;
    if (told.outcome === 'refused' && told.code !== 'UNAUTHENTICATED') return undefined;
  }
  throw new Error(`Nobody answered ${verb} for two minutes.`);
}

/** Adds up where the conversions that are under way stand just now; nothing where the database does not answer. */
async function count(stage: Stage, steps: Batch['struck']): Promise<void> {
  const connectionString = stage.system.databaseUrl('leads');
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 500, query_timeout: 500 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ step: string; n: string }>(
      `select status || ', accounts ' || coalesce(accounts, 'silent') || ', deals ' || coalesce(deals, 'silent') as step, count(*) as n
       from conversion where status in ('RUNNING', 'UNDOING') group by 1`,
    );
    for (const { step, n } of rows) steps[step] = (steps[step] ?? 0) + Number(n);
  } catch {
    // It is what an earlier fault has hurt.
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** How the conversions of the whole run have ended. */
export async function endings(stage: Stage): Promise<Record<string, number>> {
  const client = new pg.Client({ connectionString: stage.system.databaseUrl('leads') });
  await client.connect();
  try {
    const { rows } = await client.query<{ status: string; n: string }>(
      'select status, count(*) as n from conversion group by 1 order by 1',
    );
    return Object.fromEntries(rows.map(({ status, n }) => [status, Number(n)]));
  } finally {
    await client.end();
  }
}
