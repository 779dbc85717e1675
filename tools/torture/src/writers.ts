import { setTimeout as sleep } from 'node:timers/promises';
import type { History } from './history.js';
import type { Person } from './person.js';
import type { Random } from './random.js';

type Noun = 'lead' | 'deal' | 'activity' | 'company' | 'contact' | 'conversion';
interface Write {
  verb: string;
  noun: Noun;
  id: string;
  query: string;
  variables: Record<string, unknown>;
}

/** The records that the clients share. What was asked for may not be there: that is part of the game. */
export class World {
  readonly known: Record<Noun, string[]> = {
    lead: [],
    deal: [],
    activity: [],
    company: [],
    contact: [],
    conversion: [],
  };
  /** Creates, to be repeated word for word. */
  readonly creates: Write[] = [];

  constructor(readonly stages: readonly string[]) {}

  /** One of the latest of a noun, so that clients meet on the same records. */
  recent(noun: Noun, random: Random): string | null {
    const ids = this.known[noun].slice(-25);
    return ids.length === 0 ? null : random.one(ids);
  }

  learn(noun: Noun, id: string): void {
    if (!this.known[noun].includes(id)) this.known[noun].push(id);
  }
}

const soon = (random: Random): string => new Date(Date.now() + random.between(1, 30) * 86_400_000).toISOString();
const money = (random: Random) => ({ amount: random.between(1, 5_000_000), currency: random.one(['EUR', 'USD']) });

const create = (noun: Noun, type: string, verb: string, input: Record<string, unknown> & { id: string }): Write => ({
  verb,
  noun,
  id: input.id,
  query: `mutation ($input: ${type}!) { ${verb}(input: $input) { id version } }`,
  variables: { input },
});
const change = (
  noun: Noun,
  verb: string,
  id: string,
  extra: Record<string, [type: string, value: unknown]> = {},
): Write => {
  const names = Object.entries(extra);
  return {
    verb,
    noun,
    id,
    query: `mutation ($id: ID!${names.map(([n, [t]]) => `, $${n}: ${t}`).join('')}) { ${verb}(id: $id${names.map(([n]) => `, ${n}: $${n}`).join('')}) { id version } }`,
    variables: { id, ...Object.fromEntries(names.map(([n, [, value]]) => [n, value])) },
  };
};

type Maker = (world: World, random: Random, mark: string) => Write | null;
const on =
  (noun: Noun, make: (id: string, random: Random, mark: string, world: World) => Write | null): Maker =>
  (world, random, mark) => {
    const id = world.recent(noun, random);
    return id === null ? null : make(id, random, mark, world);
  };

/** What clients do, with how often. */
const makers: readonly (readonly [weight: number, make: Maker])[] = [
  [
    16,
    (_, r, mark) =>
      create('lead', 'CreateLeadInput', 'createLead', {
        id: r.id(),
        personName: `P ${mark}`,
        ...(r.chance(0.8) ? { companyName: `C ${mark}` } : {}),
        amount: money(r),
        source: r.one(['fair', 'web', 'mail']),
      }),
  ],
  [
    10,
    (w, r, mark) =>
      create('deal', 'CreateDealInput', 'createDeal', {
        id: r.id(),
        title: `D ${mark}`,
        amount: money(r),
        companyId: r.chance(0.3) ? w.recent('company', r) : null,
      }),
  ],
  [3, (_, r, mark) => create('company', 'CreateCompanyInput', 'createCompany', { id: r.id(), name: `C ${mark}` })],
  [
    3,
    (w, r, mark) =>
      create('contact', 'CreateContactInput', 'createContact', {
        id: r.id(),
        name: `P ${mark}`,
        companyId: w.recent('company', r),
      }),
  ],
  [
    8,
    (w, r, mark) =>
      create('activity', 'PlanActivityInput', 'planActivity', {
        id: r.id(),
        kind: r.one(['CALL', 'TASK', 'MEETING']),
        subject: `A ${mark}`,
        dueAt: soon(r),
        about: aboutOf(w, r),
      }),
  ],
  [14, on('lead', (id, _, mark) => change('lead', 'updateLead', id, { input: ['UpdateLeadInput!', { note: mark }] }))],
  [
    10,
    on('deal', (id, r, mark) =>
      change('deal', 'updateDeal', id, {
        input: ['UpdateDealInput!', { title: `D ${mark}`, ...(r.chance(0.5) ? { amount: money(r) } : {}) }],
      }),
    ),
  ],
  [14, on('deal', (id, r, _, w) => change('deal', 'moveDeal', id, { stageId: ['ID!', r.one(w.stages)] }))],
  [4, on('deal', (id) => change('deal', 'winDeal', id))],
  [3, on('deal', (id) => change('deal', 'loseDeal', id, { reason: ['LostReason!', 'PRICE'] }))],
  [4, on('deal', (id) => change('deal', 'reopenDeal', id))],
  [3, on('lead', (id) => change('lead', 'startLead', id))],
  [3, on('lead', (id) => change('lead', 'qualifyLead', id))],
  [2, on('lead', (id) => change('lead', 'disqualifyLead', id, { reason: ['DisqualifyReason!', 'NO_NEED'] }))],
  [2, on('lead', (id) => change('lead', 'reopenLead', id))],
  [12, on('lead', (id) => change('lead', 'convertLead', id))],
  [4, on('conversion', (id) => change('conversion', 'cancelConversion', id))],
  [
    9,
    on('activity', (id, r, mark) =>
      change('activity', 'completeActivity', id, {
        outcome: ['String', mark],
        next: ['NextStepInput', { kind: 'TASK', subject: `N ${mark}`, dueAt: soon(r) }],
      }),
    ),
  ],
  [3, on('activity', (id, r) => change('activity', 'rescheduleActivity', id, { dueAt: ['DateTime!', soon(r)] }))],
  [6, (world, random) => (world.creates.length === 0 ? null : random.one(world.creates.slice(-30)))],
];

function aboutOf(world: World, random: Random): object | null {
  const noun = random.one(['lead', 'deal', 'company'] as const);
  const id = world.recent(noun, random);
  return id === null ? null : { [`${noun}Id`]: id };
}

/** Milliseconds between two writes of a client: enough for about a hundred writes of five clients in a round. */
const PAUSE = [60, 420] as const;

/** A client: writes one thing after another until told to stop, and keeps what it asked and was told. */
export async function write(
  who: Person,
  {
    world,
    history,
    random,
    round,
    client,
  }: { world: World; history: History; random: Random; round: number; client: number },
  stopped: () => boolean,
): Promise<void> {
  while (!stopped()) {
    await sleep(random.between(...PAUSE));
    if (!(await who.ensureSession())) {
      await sleep(300);
      continue;
    }
    const correlation = random.id();
    if (random.chance(0.03)) {
      await importLeads(who, { world, history, random, round, client });
      continue;
    }
    const wish = random.weighted(makers)(world, random, correlation);
    if (!wish) continue;
    const { verb, noun, id, query, variables } = wish;
    const askedAt = new Date().toISOString();
    const told = await who.ask<Record<string, { id: string; version: number }>>(query, variables, correlation);
    const answer = told.data?.[verb];
    const entry = { round, client, verb, noun, id, correlation, askedAt, answeredAt: new Date().toISOString() };
    history.add({
      ...entry,
      outcome: told.outcome,
      ...(told.code ? { code: told.code } : {}),
      ...(answer ? { version: answer.version } : {}),
    });
    if (told.code === 'TypeError') await sleep(300); // nothing listens there
    if (verb === 'convertLead' && answer) world.learn('conversion', answer.id);
    if (!('input' in variables) || 'id' in variables || told.outcome === 'refused') continue;
    if (told.outcome === 'acknowledged' || random.chance(0.3)) world.learn(noun, id);
    if (!world.creates.includes(wish)) world.creates.push(wish);
  }
}

type Surroundings = { world: World; history: History; random: Random; round: number; client: number };

/** Five leads at once. */
async function importLeads(who: Person, at: Surroundings): Promise<void> {
  const names = Array.from({ length: 5 }, () => `torture:${at.random.id()}`);
  const rows = names.map((externalId) => ({ externalId, personName: `I ${externalId}`, source: 'import' }));
  for (const id of await importRows(who, rows, at)) at.world.learn('lead', id);
}

/**
 * Imports leads, and sends them again word for word when no answer came. Each row is answered for itself and is an entry of its
 * own. Answers the ids.
 */
export async function importRows(
  who: Person,
  rows: readonly { externalId: string }[],
  { history, random, round, client }: Omit<Surroundings, 'world'>,
): Promise<string[]> {
  const query = 'mutation ($rows: [ImportLeadInput!]!) { importLeads(rows: $rows) { outcome id error { code } } }';
  for (let tries = 0; tries < 2; tries++) {
    const correlation = random.id();
    const askedAt = new Date().toISOString();
    const told = await who.ask<{
      importLeads: { outcome: string; id: string | null; error: { code: string } | null }[];
    }>(query, { rows }, correlation);
    const ids = rows.map(({ externalId }, index) => {
      const answer = told.data?.importLeads[index];
      const code = answer?.error?.code ?? told.code;
      const outcome = answer?.outcome === 'REFUSED' ? 'refused' : told.outcome;
      const id = answer?.id ?? '';
      const about = { round, client, verb: 'importLeads', noun: 'lead', id, externalId, correlation, askedAt };
      history.add({ ...about, answeredAt: new Date().toISOString(), outcome, ...(code ? { code } : {}) });
      return id;
    });
    if (told.outcome !== 'unknown') return ids.filter(Boolean);
  }
  return [];
}
