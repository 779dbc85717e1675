import { shippedRoles } from '@voronka/contracts';
import { monotonic } from '../harness/clock.js';
import { grouped } from '../load/lives.js';
import { Refused, type Ask, type Loaded, type Organisation, type Person } from './organisation.js';
import { peopleFor, staffOf, type Employee, type Staff } from './staff.js';
import { Trade, type Row } from './trade.js';

const PASSWORD = 'a good long password of the bench';
/** So many can sign in; the others only own. */
const DOORS = 500;
const ROWS = 500;
/** Calls of the bulk door at once. */
const AT_ONCE = 4;

/** Rows that were imported: their ids in the order of the rows. */
export type Imported = readonly { readonly id: string; readonly ownerId: string }[];

/** How often a call is repeated to which a service took too long to answer. */
const PATIENCE = 5;

/**
 * Calls a bulk mutation with 500 rows at a time, as importers do: a call that took too long is made again, and finds there what it
 * has made before. Throws with the first row that is refused.
 */
export async function importRows(ask: Ask, noun: string, plural: string, rows: Iterable<Row>): Promise<Imported> {
  const query = `mutation ($rows: [Import${noun}Input!]!) { answers: import${plural}(rows: $rows) { outcome id error { code field message } } }`;
  const groups = grouped(rows, ROWS);
  const imported: { id: string; ownerId: string }[] = [];
  let [n, failed] = [0, false];
  const work = async () => {
    for (let { value: group } = groups.next(); group && !failed; { value: group } = groups.next()) {
      const given = group;
      const from = n;
      n += given.length;
      const { answers, again } = await patiently(ask, query, given);
      answers.forEach(({ outcome, id, error }, i) => {
        if (outcome !== 'CREATED' && !(again && outcome === 'UNCHANGED'))
          throw new Error(`Row ${from + i} of ${plural} was ${outcome}: ${JSON.stringify(error)}`);
        imported[from + i] = { id, ownerId: String(given[i]?.['ownerId']) };
      });
    }
  };
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, work));
  } catch (error) {
    failed = true;
    throw error;
  }
  return imported;
}

interface Answers {
  readonly answers: readonly { readonly outcome: string; readonly id: string; readonly error: unknown }[];
}

async function patiently(ask: Ask, query: string, rows: readonly Row[]): Promise<Answers & { again: boolean }> {
  for (let n = 0; ; n++) {
    try {
      return { ...(await ask<Answers>(query, { rows })), again: n > 0 };
    } catch (error) {
      if (n === PATIENCE || !(error instanceof Refused && error.code === 'UNAVAILABLE')) throw error;
    }
  }
}

/** Loads an organisation through the gateway, as an administrator would who moves in, and checks what became of it. */
export async function load(organisation: Organisation, deals: number): Promise<Loaded> {
  const ask = organisation.as(organisation.administrator);
  // Reading is measured, and would be refused after as much as somebody may read within an hour.
  for (const role of ['HEAD_OF_SALES', 'HEAD', 'SALESPERSON'] as const)
    await ask('mutation ($id: ID!) { updateRole(id: $id, input: { rowsPerHour: null }) { id } }', {
      id: shippedRoles[role].id,
    });
  const staff = staffOf(peopleFor(deals));
  const people = await hire(ask, staff);
  const { pipelines } = await ask<{ pipelines: { nodes: (Loaded['pipeline'] & { isDefault: boolean })[] } }>(
    '{ pipelines(first: 50) { nodes { id isDefault stages { id name } } } }',
  );
  const pipeline = pipelines.nodes.find(({ isDefault }) => isDefault)!;
  await organisation.settled();
  const owners = people.slice(1).map(({ id }) => id);
  const trade = new Trade(deals, owners, pipeline.stages, new Date());
  const began = monotonic();
  await importTrade(organisation, trade);
  const seconds = (monotonic() - began) / 1000;
  await requireRight(organisation, trade);
  for (const client of Object.values(organisation.databases)) await client.query('vacuum analyze');
  return { deals, people, staff, pipeline, rows: trade.rows, seconds };
}

/** Everything in the order in which one refers to the other, leads beside it; resolves once everybody has taken everything in. */
export async function importTrade(organisation: Organisation, trade: Trade): Promise<void> {
  const ask = organisation.as(organisation.administrator);
  const business = async () => {
    await importRows(ask, 'Company', 'Companies', trade.companies());
    await importRows(ask, 'Contact', 'Contacts', trade.contacts());
    await organisation.settled();
    const owned = await importRows(ask, 'Deal', 'Deals', trade.dealRows());
    await organisation.settled();
    await importRows(ask, 'Activity', 'Activities', trade.activities(owned));
  };
  await Promise.all([business(), importRows(ask, 'Lead', 'Leads', trade.leads())]);
  await organisation.settled();
}

/** Makes teams and people; those who come first get a password. */
async function hire(ask: Ask, { people, teams }: Staff): Promise<Person[]> {
  const teamIds: string[] = [];
  for (const { name, parent } of teams) {
    const input = { name, parentId: parent === null ? null : teamIds[parent] };
    const { createTeam } = await ask<{ createTeam: { id: string } }>(
      'mutation ($input: CreateTeamInput!) { createTeam(input: $input) { id } }',
      { input },
    );
    teamIds.push(createTeam.id);
  }
  const rowOf = ({ n, role, team }: Employee) => ({
    ...{ name: `Person ${n}`, email: `person${n}@example.com` },
    ...{ teamId: teamIds[team], roleIds: [shippedRoles[role].id] },
  });
  const ids: string[] = [];
  const waiting = people.slice(0, DOORS);
  const work = async () => {
    for (let person = waiting.shift(); person; person = waiting.shift()) {
      const { createUser } = await ask<{ createUser: { id: string } }>(
        'mutation ($input: CreateUserInput!) { createUser(input: $input) { id } }',
        { input: { ...rowOf(person), password: PASSWORD } },
      );
      ids[person.n] = createUser.id;
    }
  };
  await Promise.all([work(), work()]);
  const others = people.slice(DOORS).map((person) => ({ ...rowOf(person), externalId: `bench:person:${person.n}` }));
  (await importRows(ask, 'User', 'Users', others)).forEach(({ id }, i) => (ids[DOORS + i] = id));
  for (const { n, head } of teams)
    if (head !== null)
      await ask('mutation ($id: ID!, $input: UpdateTeamInput!) { updateTeam(id: $id, input: $input) { id } }', {
        id: teamIds[n],
        input: { headId: ids[head] },
      });
  return people.map((person) => ({
    ...person,
    ...{ id: ids[person.n]!, email: rowOf(person).email, password: person.n < DOORS ? PASSWORD : '' },
  }));
}

/** Compares what the services hold, and what analytics made of it, with what was sent. */
async function requireRight(organisation: Organisation, { counts, sums }: Trade): Promise<void> {
  const { databases } = organisation;
  const tables = [
    ['accounts', 'company', counts.companies],
    ['accounts', 'contact', counts.contacts],
    ['leads', 'lead', counts.leads],
    ['deals', 'deal', counts.deals],
    ['tasks', 'activity', counts.activities],
    ['analytics', 'lead', counts.leads],
  ] as const;
  for (const [service, table, wanted] of tables) {
    const { rows } = await databases[service].query<{ count: number }>(`select count(*)::int as count from ${table}`);
    if (rows[0]?.count !== wanted) throw new Error(`${service} holds ${rows[0]?.count} of ${wanted} in ${table}.`);
  }
  const sent = JSON.stringify(
    [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, s]) => [key, s.count, s.amount]),
  );
  for (const service of ['deals', 'analytics'] as const) {
    const found = await dealSums(organisation, service);
    if (found !== sent) throw new Error(`The deals in ${service} come to ${found}, and what was sent to ${sent}.`);
  }
  const parked = await organisation.parked();
  if (parked > 0) throw new Error(`${parked} events could not be taken in.`);
}

/** Deals by status and currency: how many, and their amounts summed, as a text to compare. */
export async function dealSums({ databases }: Organisation, service: 'deals' | 'analytics'): Promise<string> {
  const { rows } = await databases[service].query<{ key: string; count: number; amount: string }>(
    `select status || ' ' || currency as key, count(*)::int as count, coalesce(sum(amount), 0)::text as amount
     from deal group by status || ' ' || currency order by (status || ' ' || currency) collate "C"`,
  );
  return JSON.stringify(rows.map(({ key, count, amount }) => [key, count, Number(amount)]));
}
