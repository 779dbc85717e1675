import { shippedRoles } from '@voronka/contracts';
import { v7 as newId } from 'uuid';
import { serviceNames, type ServiceName } from '../../../deploy/local/dist/services.js';
import { monotonic, pause } from '../harness/clock.js';
import { distributionOf } from '../harness/latency.js';
import type { Measure, Scenario } from '../harness/scenario.js';
import { Connection } from '../load/connection.js';
import type { Ask, Organisation } from './organisation.js';
import { MINUTES } from './drive.js';

const sizes = {
  full: { deals: 10_000, times: 50 },
  small: { deals: 10_000, times: 10 },
  smoke: { deals: 300, times: 2 },
};
type S = (typeof sizes)['full'];

const PASSWORD = 'a good long password to be revoked';
/** Waited between two questions of one who looks whether he is still let in. */
const LOOK_MS = 5;
const PATIENCE_MS = 30_000;

/** What a salesperson may ask of each service. */
const questions: Record<ServiceName, string> = {
  identity: '{ users(first: 1) { nodes { id } } }',
  leads: '{ leads(first: 1) { nodes { id } } }',
  accounts: '{ companies(first: 1) { nodes { id } } }',
  deals: '{ deals(first: 1) { nodes { id } } }',
  tasks: '{ activities(first: 1) { nodes { id } } }',
  analytics: '{ sales(groupBy: OWNER) { total { won } } }',
};

const kinds = {
  role: 'a role taken from somebody',
  person: 'somebody deactivated',
  session: 'a session ended',
  key: 'an API key revoked',
} as const;
type Kind = keyof typeof kinds;
const kindNames = Object.keys(kinds) as Kind[];

/** Somebody who asks one thing over and over. */
interface Watcher {
  readonly url: string;
  readonly token: string;
  readonly query: string;
}

/** How long what was taken away still counts. */
export const revoked: Scenario<S> = {
  name: 'revoked',
  group: 'system',
  title: 'How long a right that was taken away still counts',
  what:
    'An administrator takes a right away at the gateway of the whole system, while its holder asks every service and the gateway over and over: each service by the identity that the gateway has given him for it, which lives on, and the gateway by his session; ' +
    'with an API key, which services see through the gateway alone, a question for each service at the gateway. Told is, for each of those who answered him, how long after the administrator had his answer the last of them came that he should not have had. ' +
    'Checked: everybody answers him before, and refuses him after.',
  per: 'revocation',
  measures: Object.fromEntries(
    kindNames.flatMap((kind): [string, Measure][] => [
      [`${kind}P50`, { name: `${kinds[kind]}, p50`, unit: 'ms', better: 'less' }],
      [`${kind}Max`, { name: `${kinds[kind]}, max`, unit: 'ms', better: 'less', goal: { atMost: 1_000 } }],
    ]),
  ),
  floors: {},
  sizes,
  minutes: MINUTES,
  prepare: async (ground, { deals, times }) => {
    const organisation = await ground.servers.systems.of(deals);
    const admin = organisation.as(organisation.administrator);
    const wrong: string[] = [];
    const one = await hired(admin);
    const connections = new Map<string, Connection>();
    const over = (name: string, url: string) => {
      const connection = connections.get(name) ?? new Connection(new URL(url));
      connections.set(name, connection);
      return connection;
    };
    const allows = async (name: string, { url, token, query }: Watcher) => {
      const answer = await over(name, url).ask(JSON.stringify({ query }), token);
      return !answer.includes('"errors"') && answer.startsWith('{"data":');
    };
    /** Waits until everybody lets him in, then takes it away; answers how long each still let him in. */
    const outlived = async (watchers: Readonly<Record<string, Watcher>>, take: () => Promise<unknown>) => {
      const end = monotonic() + PATIENCE_MS;
      for (const [name, watcher] of Object.entries(watchers))
        while (!(await allows(name, watcher))) {
          if (monotonic() > end) throw new Error(`${name} does not let in who may.`);
          await pause(LOOK_MS);
        }
      let taken = Infinity;
      const looks = Object.entries(watchers).map(async ([name, watcher]) => {
        let last = 0;
        for (;;) {
          const allowed = await allows(name, watcher);
          const now = monotonic();
          if (allowed) last = now;
          else if (taken < Infinity) return Math.max(0, last - taken);
          if (now > taken + PATIENCE_MS) {
            wrong.push(`${name} still let him in after ${PATIENCE_MS / 1000} s.`);
            return now - taken;
          }
          await pause(LOOK_MS);
        }
      });
      await pause(50);
      try {
        await take();
      } finally {
        taken = monotonic();
      }
      const took = await Promise.all(looks);
      for (const [name, watcher] of Object.entries(watchers))
        if (await allows(name, watcher)) wrong.push(`${name} let him in again.`);
      return took;
    };
    const update = (input: object) =>
      admin('mutation ($id: ID!, $input: UpdateUserInput!) { updateUser(id: $id, input: $input) { id } }', {
        id: one.id,
        input,
      });
    const turns: Record<Kind, () => Promise<number[]>> = {
      role: async () => {
        const { watchers } = await inSession(organisation, one);
        const took = await outlived(watchers, () => update({ roleIds: [one.nothing] }));
        await update({ roleIds: [shippedRoles.SALESPERSON.id] });
        return took;
      },
      person: async () => {
        const { watchers } = await inSession(organisation, one);
        const took = await outlived(watchers, () => update({ active: false }));
        await update({ active: true });
        return took;
      },
      session: async () => {
        const { watchers, id } = await inSession(organisation, one);
        return outlived(watchers, () => admin('mutation ($id: ID!) { endSession(id: $id) { id } }', { id }));
      },
      key: async () => {
        const { accessToken } = await organisation.signIn(one);
        const input = {
          ...{ name: 'Bench', roleId: shippedRoles.SALESPERSON.id },
          expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
        };
        const { createApiKey } = await organisation.ask<{ createApiKey: { secret: string; apiKey: { id: string } } }>(
          accessToken,
          'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret apiKey { id } } }',
          { input },
        );
        const { secret: token, apiKey } = createApiKey;
        const watchers = serviceNames.map((name) => [
          `${name} at the gateway`,
          { url: organisation.url, token, query: questions[name] },
        ]);
        return outlived(Object.fromEntries(watchers) as Record<string, Watcher>, () =>
          admin('mutation ($id: ID!) { revokeApiKey(id: $id) { id } }', { id: apiKey.id }),
        );
      },
    };
    return {
      run: async () => {
        const took: Record<Kind, number[]> = { role: [], person: [], session: [], key: [] };
        for (let n = 0; n < times; n++) for (const kind of kindNames) took[kind].push(...(await turns[kind]()));
        connections.forEach((connection) => connection.end());
        const spread = Object.fromEntries(kindNames.map((kind) => [kind, distributionOf(took[kind])])) as Record<
          Kind,
          ReturnType<typeof distributionOf>
        >;
        return {
          figures: Object.fromEntries(
            kindNames.flatMap((kind) => [
              [`${kind}P50`, spread[kind].p50],
              [`${kind}Max`, spread[kind].max],
            ]),
          ),
          distributions: Object.fromEntries(kindNames.map((kind) => [kinds[kind], spread[kind]])),
          notes: { 'revocations of each kind': times },
        };
      },
      check: () => Promise.resolve(wrong),
    };
  },
};

/** Somebody new who sells, and a role that lets nobody do anything of all this. */
async function hired(admin: Ask) {
  const email = `${newId()}@example.com`;
  const { createUser } = await admin<{ createUser: { id: string } }>(
    'mutation ($input: CreateUserInput!) { createUser(input: $input) { id } }',
    { input: { name: 'Somebody', email, roleIds: [shippedRoles.SALESPERSON.id], password: PASSWORD } },
  );
  const { createRole } = await admin<{ createRole: { id: string } }>(
    'mutation ($input: CreateRoleInput!) { createRole(input: $input) { id } }',
    { input: { name: `Nothing ${newId()}`, grants: [{ entity: 'PRODUCT', action: 'READ', scope: 'ALL' }] } },
  );
  return { id: createUser.id, email, password: PASSWORD, nothing: createRole.id };
}

/** A new session of his, with the questions that he asks in it. */
async function inSession(organisation: Organisation, one: { id: string; email: string; password: string }) {
  const { id, accessToken } = await organisation.signIn(one);
  const services = serviceNames.map(async (name) => {
    const token = await organisation.identity(name, one, id);
    return [name, { url: organisation.serviceUrl(name), token, query: questions[name] }] as const;
  });
  const gateway = { url: organisation.url, token: accessToken, query: questions.deals };
  const watchers: Record<string, Watcher> = { ...Object.fromEntries(await Promise.all(services)), gateway };
  return { id, watchers };
}
