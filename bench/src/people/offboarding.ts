import { RoleCreated, shippedRoles, UserCreated, type UserState } from '@voronka/contracts';
import type { Client } from 'pg';
import { v7 as newId } from 'uuid';
import { monotonic, pause, until } from '../harness/clock.js';
import { cpuEach, cpuOf } from '../harness/cpu.js';
import type { Ground } from '../harness/ground.js';
import { distributionOf, type Distribution } from '../harness/latency.js';
import type { Prepared, Scenario } from '../harness/scenario.js';
import { messageOf } from '../load/messages.js';
import { dueAt, openLoop } from '../load/open-loop.js';
import { estates, type Services } from './estates.js';

const sizes = {
  full: { records: 100_000, perSecond: 40, before: 30 },
  small: { records: 20_000, perSecond: 20, before: 5 },
  smoke: { records: 400, perSecond: 10, before: 1 },
};
type S = (typeof sizes)['full'];

const owning = ['leads', 'accounts', 'deals', 'tasks'] as const;
const HEIRS = 5;
/** Waited between two looks at how far it has come. */
const LOOK_MS = 50;

/** Somebody with a hundred thousand records leaves. */
export const offboarding: Scenario<S> = {
  name: 'offboarding',
  group: 'people',
  title: 'Somebody leaves',
  what:
    'Somebody owns leads, companies, contacts, deals and activities, a fifth of the records each, and is offboarded: five people ' +
    'take over by load. Identity and the four services that own the records run as `npm start` runs them. Timed from the call of ' +
    '`offboardUser` to the moment identity says that it is done, which is after every record’s own event. Meanwhile others ' +
    'work, in an open loop before and during it: half of the calls create a lead or change a deal, half read a page of 50 leads or deals, ' +
    'over HTTP from the services, without a gateway. Due is counted from when the loop meant to send, so a stall counts in full. ' +
    'Then it is undone. Checked: afterwards nothing is his, everything is one of the five’s, each has as much as the others, who ' +
    'entered a record has not changed, and no call of the others was refused; and once it is undone everything is his again.',
  per: 'record',
  measures: {
    handedOver: { name: 'everything handed over', unit: 's', better: 'less', goal: { atMost: 120 } },
    undone: { name: 'everything given back', unit: 's', better: 'less', goal: { atMost: 120 } },
    duringP50: { name: 'due to answered meanwhile, p50', unit: 'ms', better: 'less', floors: ['beforeP50'] },
    duringP99: {
      name: 'due to answered meanwhile, p99',
      unit: 'ms',
      better: 'less',
      goal: { atMost: 1000 },
      floors: ['beforeP99'],
    },
  },
  floors: {
    beforeP50: { name: 'before it began, p50', unit: 'ms' },
    beforeP99: { name: 'before it began, p99', unit: 'ms' },
  },
  sizes,
  minutes: 15,
  prepare: async (ground, { records, perSecond, before }) => {
    const databases = new Map<string, Client>();
    for (const name of ['identity', ...owning] as const)
      databases.set(name, await ground.connect(await ground.serviceDatabase(name)));
    await ground.topics();
    const services = {} as Record<'identity' | keyof Services, { pid: number; url: string }>;
    for (const name of ['identity', ...owning] as const) services[name] = await ground.service(name);
    const people = await hire(ground, databases);
    await estates(databases, people.leaver, records);
    for (const client of databases.values()) await client.query('vacuum analyze');
    const ask = asking(ground, services);
    const work = working(ask, people.colleague);
    let wrong: string[] = [];

    return {
      run: async () => {
        const idle = await work(perSecond, pause(before * 1000));
        const pids = {
          ...Object.fromEntries(Object.entries(services).map(([name, { pid }]) => [name, pid])),
          ...ground.servers.pids,
        };
        const mark = cpuOf(pids);
        const began = monotonic();
        const { offboardUser } = await ask<{ offboardUser: { id: string } }>('identity', people.admin, OFFBOARD, {
          id: people.leaver,
          heirs: people.heirs,
        });
        const answered = monotonic() - began;
        const done = reached(databases.get('identity')!, offboardUser.id, 'DONE');
        const busy = await work(perSecond, done);
        const handedOver = (await done) - began;
        const cpu = cpuEach(pids, mark, records);
        wrong = [...idle.refused, ...busy.refused, ...(await handed(databases, people, records))];
        const undoing = monotonic();
        await ask('identity', people.admin, UNDO, { id: offboardUser.id });
        const undone = (await reached(databases.get('identity')!, offboardUser.id, 'UNDONE')) - undoing;
        const [before_, during] = [distributionOf(idle.took), distributionOf(busy.took)];
        return {
          figures: { handedOver: handedOver / 1000, undone: undone / 1000, ...figures('during', during) },
          floors: figures('before', before_),
          cpu,
          distributions: { before: before_, meanwhile: during },
          notes: { records, 'answer to offboardUser, ms': Math.round(answered), 'calls meanwhile': busy.took.length },
        };
      },
      check: async () => [...wrong, ...(await givenBack(databases, people.leaver, records))],
    } satisfies Prepared;
  },
};

const OFFBOARD = `mutation ($id: ID!, $heirs: [ID!]) { offboardUser(id: $id, plan: { to: { userIds: $heirs } }) { id } }`;
const UNDO = 'mutation ($id: ID!) { undoOffboarding(id: $id) { id } }';

const figures = (name: string, { p50, p99 }: Distribution) => ({ [`${name}P50`]: p50, [`${name}P99`]: p99 });

interface People {
  readonly admin: string;
  readonly leaver: string;
  readonly colleague: string;
  readonly heirs: readonly string[];
}

/** Makes people known to every service, as identity would, and waits until they are. */
async function hire(ground: Ground, databases: ReadonlyMap<string, Client>): Promise<People> {
  const [admin, leaver, colleague, ...heirs] = Array.from({ length: 3 + HEIRS }, () => newId()) as [
    string,
    string,
    string,
    ...string[],
  ];
  const roleOf = (id: string) => (id === admin ? shippedRoles.ADMINISTRATOR.id : shippedRoles.SALESPERSON.id);
  const users = [admin, leaver, colleague, ...heirs].map((id, n): UserState => ({
    ...{ id, name: `Person ${n}`, email: `person${n}@example.com`, teamId: null, roleIds: [roleOf(id)], active: true },
  }));
  const identity = databases.get('identity')!;
  await identity.query(
    `insert into "user" (id, version, created_at, updated_at, name, email, role_ids, active)
     select id, 1, now(), now(), name, email, array["roleId"], true
     from jsonb_to_recordset($1) as u(id uuid, name text, email text, "roleId" uuid)`,
    [JSON.stringify(users.map((user) => ({ ...user, roleId: user.roleIds[0] })))],
  );
  const now = new Date();
  const about = { version: 1, occurredAt: now, recordedAt: now, actor: 'system:identity' };
  const roles = [shippedRoles.ADMINISTRATOR, shippedRoles.SALESPERSON].map(({ id, grants, ...role }) =>
    messageOf(
      { ...about, declaration: RoleCreated, recordId: id, data: { role: { ...role, id, grants: [...grants] } } },
      'identity',
    ),
  );
  const joined = users.map((user) =>
    messageOf({ ...about, declaration: UserCreated, recordId: user.id, data: { user } }, 'identity'),
  );
  const publisher = ground.broker().publisher();
  await publisher.send([...roles, ...joined]);
  await publisher.close();
  for (const client of databases.values()) {
    const known = async () => (await client.query('select from directory_user')).rowCount === users.length;
    await until(known, { within: 60_000, every: 100, otherwise: 'The people were not known' });
  }
  return { admin, leaver, colleague, heirs };
}

type Asked = keyof Services | 'identity';
type Ask = <D>(service: Asked, actor: string, query: string, variables?: object) => Promise<D>;

/** Asks a service as the gateway would for somebody. */
function asking(ground: Ground, services: Readonly<Record<string, { url: string }>>): Ask {
  const tokens = new Map<string, { token: string; until: number }>();
  const tokenFor = async (service: Asked, actor: string): Promise<string> => {
    const known = tokens.get(`${service} ${actor}`);
    if (known && known.until > Date.now()) return known.token;
    const token = await ground.identity(service, actor);
    tokens.set(`${service} ${actor}`, { token, until: Date.now() + 30_000 });
    return token;
  };
  return async <D>(service: Asked, actor: string, query: string, variables: object = {}): Promise<D> => {
    const response = await fetch(services[service]!.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${await tokenFor(service, actor)}` },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = (await response.json()) as { data: D | null; errors?: { message: string }[] };
    if (!data || errors) throw new Error(errors?.[0]?.message ?? 'There was no answer.');
    return data;
  };
}

interface Worked {
  readonly took: number[];
  readonly refused: string[];
}

/** What a colleague does all day, at a fixed rate until something is over. */
function working(ask: Ask, colleague: string) {
  const calls: readonly (() => Promise<unknown>)[] = [
    () =>
      ask('leads', colleague, 'mutation { createLead(input: { personName: "Sophie Barnes", source: "call" }) { id } }'),
    () => ask('deals', colleague, '{ deals(first: 50) { nodes { id title status } } }'),
    () =>
      ask(
        'deals',
        colleague,
        'mutation ($id: ID!) { updateDeal(id: $id, input: { title: "Forty units" }) { version } }',
        { id: deal },
      ),
    () => ask('leads', colleague, '{ leads(first: 50) { nodes { id personName status } } }'),
  ];
  let deal: string | undefined;
  return async (perSecond: number, over: Promise<unknown>): Promise<Worked> => {
    deal ??= (
      await ask<{ createDeal: { id: string } }>(
        'deals',
        colleague,
        'mutation { createDeal(input: { title: "Units" }) { id } }',
      )
    ).createDeal.id;
    const worked: Worked = { took: [], refused: [] };
    const answers: Promise<void>[] = [];
    let isOver = false;
    const ends = over.finally(() => (isOver = true));
    for (let n = 0; !isOver;) {
      // A second at a time: nobody knows how long it takes.
      const loop = { perSecond, seconds: 1, startAt: monotonic() };
      await openLoop(loop, (due) => {
        for (const at of due) {
          const answer = calls[n++ % calls.length]!().then(
            () => void worked.took.push(monotonic() - dueAt(loop, at)),
            (error: Error) => void worked.refused.push(`A colleague was refused: ${error.message}`),
          );
          answers.push(answer);
        }
      });
    }
    await ends;
    await Promise.all(answers);
    return worked;
  };
}

/** When an offboarding has come so far. */
async function reached(identity: Client, id: string, status: string): Promise<number> {
  const there = async () =>
    (await identity.query('select from offboarding where id = $1 and status = $2', [id, status])).rowCount;
  await until(there, { within: 600_000, every: LOOK_MS, otherwise: `The offboarding was not ${status}` });
  return monotonic();
}

const tables = { leads: ['lead'], accounts: ['company', 'contact'], deals: ['deal'], tasks: ['activity'] };

/** By table, how many records each person has that the leaver had entered. */
async function owners(databases: ReadonlyMap<string, Client>, leaver: string) {
  const counts: { table: string; owner: string; count: number }[] = [];
  for (const service of owning)
    for (const table of tables[service]) {
      const text = `select owner_id as owner, count(*)::int as count from ${table} where created_by = $1 group by 1`;
      const { rows } = await databases.get(service)!.query<{ owner: string; count: number }>(text, [leaver]);
      counts.push(...rows.map((row) => ({ table, ...row })));
    }
  return counts;
}

async function handed(
  databases: ReadonlyMap<string, Client>,
  { leaver, heirs }: People,
  records: number,
): Promise<string[]> {
  const counts = await owners(databases, leaver);
  const all = counts.reduce((sum, { count }) => sum + count, 0);
  const astray = counts.filter(({ owner }) => !heirs.includes(owner));
  const shares = heirs.map((heir) =>
    counts.filter(({ owner }) => owner === heir).reduce((sum, { count }) => sum + count, 0),
  );
  const apart = Math.max(...shares) - Math.min(...shares);
  return [
    ...(all === records ? [] : [`${all} of ${records} records are said to be entered by who entered them.`]),
    ...astray.map(({ table, owner, count }) => `${count} of ${table} are ${owner}’s.`),
    ...(apart <= records / 20 ? [] : [`The successors have unlike shares: ${shares.join(', ')}.`]),
  ];
}

async function givenBack(databases: ReadonlyMap<string, Client>, leaver: string, records: number): Promise<string[]> {
  const counts = await owners(databases, leaver);
  const his = counts.filter(({ owner }) => owner === leaver).reduce((sum, { count }) => sum + count, 0);
  return his === records ? [] : [`${his} of ${records} records are his again.`];
}
