import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { rights, shippedRoles, worked, type ShippedRole } from '@voronka/contracts';
import { GATEWAY_ISSUER, newId } from '@voronka/service-kit';
import { eventually, operationsOf, SHUT } from '@voronka/testing';
import {
  buildClientSchema,
  getIntrospectionQuery,
  getNamedType,
  isUnionType,
  type GraphQLEnumType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  type IntrospectionQuery,
} from 'graphql';
import { importPKCS8, SignJWT } from 'jose';
import pg from 'pg';
import type * as KeysOf from '../deploy/local/src/keys.js';
import type { ServiceName } from '../deploy/local/src/services.js';
import type { Client } from '../tools/import/src/client.js';
import * as matrix from './matrix.js';
import { fieldOf, model, nounNames, nouns, whoses, type Noun, type Whose } from './matrix.js';
import { wholeSystem, type SystemUnderTest } from './system.js';

const PASSWORD = 'a good long password';
const roles = Object.keys(shippedRoles) as ShippedRole[];
const services: readonly ServiceName[] = ['identity', 'leads', 'accounts', 'deals', 'tasks', 'analytics'];
const REPORTS = `query ($id: ID!) { funnel(pipelineId: $id) { opened stages { open value { amount currency } } }
  sales(groupBy: OWNER) { total { open openValue { amount currency } } } leadFunnel(groupBy: OWNER) { total { captured } } }`;
/** What became of a mutation of a record. */
const [LET_IN, SEEN_ONLY, ABSENT] = ['let in', 'may see it and not do that to it', 'as if it were not there'];
const classOf = (outcome: string, ofNothing: string): string => {
  if (outcome === ofNothing) return ABSENT;
  if (outcome.startsWith('FORBIDDEN You may see this')) return SEEN_ONLY;
  return /^(FORBIDDEN|NOT_FOUND|INTERNAL|UNAVAILABLE)/.test(outcome) ? outcome : LET_IN;
};
type Answer<D> = {
  data: D | null;
  errors?: { message: string; extensions: { code: string } }[];
};

/**
 * Every type and field of the schema, and every mutation of a record, for every shipped role and a record of one's own, of
 * one's team, of one's branch, of a stranger and shared by him: through the gateway, and straight at each service. What
 * somebody should see is worked out from what the administrator sees, by the few lines of the model. Teams: top ─ west ─
 * below, top ─ east; who asks is in west.
 */
describe('everybody sees what is his to see, field by field', () => {
  let voronka: SystemUnderTest;
  let admin: Client;
  let adminId: string;
  let schema: GraphQLSchema;
  let pipeline: { id: string; stages: { id: string }[] };
  const asker = {} as Record<ShippedRole | 'KEPT', { id: string; client: Client }>;
  /** Every record, with whose it is and, where it is shared, with whom. */
  const records: { noun: Noun; id: string; ownerId: string; shared?: { with: string; to: Whose } }[] = [];
  const colleague = {} as Record<'TEAM' | 'BRANCH' | 'STRANGER', string>;
  /** What the administrator sees of each record. */
  const truths: Partial<Record<Noun, unknown[]>> = {};
  let signer: Awaited<ReturnType<typeof importPKCS8>>;

  const typeOf = (of: GraphQLSchema, name: string) => of.getType(name) as GraphQLObjectType;
  const idsOf = (noun: Noun) => records.filter((record) => record.noun === noun).map(({ id }) => id);
  const whoseIs = ({ ownerId, shared }: (typeof records)[number], role: ShippedRole): Whose => {
    if (ownerId === asker[role].id) return 'OWN';
    if (shared?.with === asker[role].id) return shared.to;
    if (ownerId === colleague.STRANGER) return 'STRANGER';
    return ownerId === colleague.BRANCH ? 'BRANCH' : 'TEAM';
  };
  const seenBy = (role: ShippedRole) => {
    const ids = records.filter((record) => model[role].sees.includes(whoseIs(record, role))).map(({ id }) => id);
    const all = new Set(ids);
    return (id: string) => all.has(id);
  };

  const raw = async <D = Record<string, unknown>>(
    url: string,
    token: string,
    query: string,
    variables: object = {},
  ): Promise<Answer<D>> => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query, variables }),
    });
    return (await response.json()) as Answer<D>;
  };
  const identityFor = (service: ServiceName, id: string) =>
    new SignJWT({})
      .setProtectedHeader({ alg: 'EdDSA' })
      .setIssuer(GATEWAY_ISSUER)
      .setAudience(service)
      .setSubject(id)
      .setIssuedAt()
      .setExpirationTime('10m')
      .sign(signer);
  const atService = async <D>(service: ServiceName, id: string, query: string, variables?: object) =>
    raw<D>(voronka.system.serviceUrl(service), await identityFor(service, id), query, variables);

  /** What PostgreSQL was asked meanwhile, as its log tells. */
  const statementsOf = async (work: () => Promise<unknown>): Promise<string[]> => {
    const client = new pg.Client({ connectionString: voronka.system.databaseUrl('deals') });
    await client.connect();
    const log = join(voronka.dataFolder, 'logs', 'postgres.log');
    const lines = () => readFileSync(log, 'utf8').split('\n');
    const logging = async (statements: string) => {
      await client.query(`alter system set log_statement = '${statements}'`);
      await client.query('select pg_reload_conf()');
      await eventually(async () => (await client.query('show log_statement')).rows[0].log_statement === statements);
    };
    await logging('all');
    const before = lines().length;
    await work();
    await client.query(`select 'the end'`);
    await eventually(() => lines().some((line, n) => n >= before && line.includes('the end')));
    const told = lines().slice(before - 1);
    await logging('none');
    await client.end();
    return told;
  };

  const make = async (noun: Noun, verb: string, input: object): Promise<string> => {
    const name = `${verb}${noun}`;
    const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input`;
    const text = `mutation ($input: ${type}!) { ${name}(input: $input) { id } }`;
    // What it refers to may be known to its service in a moment only.
    const answer = await eventually(() => admin.ask<Record<string, { id: string }>>(text, { input }), {
      within: 20_000,
    });
    return answer[name]!.id;
  };
  const create = async (of: 'Team' | 'User' | 'Role', input: object): Promise<string> => {
    const text = `mutation ($input: Create${of}Input!) { create${of}(input: $input) { id } }`;
    return (await admin.ask<Record<string, { id: string }>>(text, { input }))[`create${of}`]!.id;
  };
  const hire = (name: string, teamId: string, roleId: string, password?: string) =>
    create('User', { name, email: `${name.toLowerCase()}@example.com`, teamId, roleIds: [roleId], password });
  /** A record of each noun, which refer to each other; the contact, and what is to be done, are of `others`. */
  const estate = async (ownerId: string, others: string, shared?: { with: string; to: Whose }) => {
    const contact = { phones: ['+44 20 7946 0018'], emails: ['sophie@harbour.example'], note: 'A note' };
    const address = { city: 'Bristol' };
    const amount = { amount: 100, currency: 'EUR' };
    const leadId = await make('Lead', 'create', { personName: 'Sophie', ownerId, amount, address, ...contact });
    const companyId = await make('Company', 'create', { name: 'Harbour', ownerId, address, ...contact });
    const contactId = await make('Contact', 'create', {
      name: 'Sophie',
      ownerId: others,
      companyId,
      address,
      ...contact,
    });
    const deal = { title: 'Meters', ownerId, companyId, contactId, leadId, amount, expectedCloseOn: '2027-01-31' };
    const dealId = await make('Deal', 'create', deal);
    const step = { kind: 'CALL', subject: 'Ask', dueAt: '2027-01-31T09:00:00Z', ownerId: others, about: { dealId } };
    const activityId = await make('Activity', 'plan', step);
    const of = { Lead: leadId, Company: companyId, Contact: contactId, Deal: dealId, Activity: activityId };
    for (const noun of nounNames) {
      // An activity is shared with nobody.
      const owner = noun === 'Contact' || noun === 'Activity' ? others : ownerId;
      const told = shared && noun !== 'Activity' ? { shared } : {};
      records.push({ noun, id: of[noun], ownerId: owner, ...told });
      const share = `mutation ($id: ID!, $input: ShareInput!) { share${noun}(id: $id, input: $input) { id } }`;
      if (told.shared) await admin.ask(share, { id: of[noun], input: { userId: shared!.with, access: shared!.to } });
    }
  };

  beforeAll(async () => {
    voronka = await wholeSystem();
    admin = voronka.administrator;
    const { loadKeys } = (await import(
      pathToFileURL(join(process.cwd(), 'deploy/local/dist/keys.js')).href
    )) as typeof KeysOf;
    signer = await importPKCS8(loadKeys(join(voronka.dataFolder, 'keys')).internal.privateKey, 'EdDSA');
    adminId = (await admin.ask<{ me: { id: string } }>('{ me { id } }')).me.id;
    schema = buildClientSchema(await admin.ask<IntrospectionQuery>(getIntrospectionQuery()));

    const { pipelines } = await admin.ask<{ pipelines: { nodes: (typeof pipeline)[] } }>(
      '{ pipelines { nodes { id stages { id } } } }',
    );
    pipeline = pipelines.nodes[0]!;

    const top = await create('Team', { name: 'Top' });
    const [west, east] = [
      await create('Team', { name: 'West', parentId: top }),
      await create('Team', { name: 'East', parentId: top }),
    ];
    const below = await create('Team', { name: 'Below', parentId: west });
    const everything = Object.entries(rights).flatMap(([entity, actions]) =>
      actions.map((action) => ({ entity: entity.toUpperCase(), action: action.toUpperCase(), scope: 'ALL' })),
    );
    const common = ['USER', 'TEAM', 'PIPELINE', 'PRODUCT'];
    const kept = await create('Role', {
      name: 'Kept from',
      grants: everything.filter(
        ({ entity }) => worked.some((noun) => noun.toUpperCase() === entity) || common.includes(entity),
      ),
      fields: (schema.getType('GuardedField') as GraphQLEnumType)
        .getValues()
        .map(({ name }) => ({ field: name, access: 'HIDDEN' })),
    });
    for (const name of [...roles, 'KEPT'] as const) {
      const id = await hire(name, west, name === 'KEPT' ? kept : shippedRoles[name].id, PASSWORD);
      asker[name] = { id, client: await voronka.signIn(`${name.toLowerCase()}@example.com`, PASSWORD) };
    }
    colleague.TEAM = await hire('Tom', west, shippedRoles.SALESPERSON.id);
    colleague.BRANCH = await hire('Bea', below, shippedRoles.SALESPERSON.id);
    colleague.STRANGER = await hire('Sid', east, shippedRoles.SALESPERSON.id);

    const owners = [...roles.map((role) => asker[role].id), ...Object.values(colleague)];
    await Promise.all(owners.map((owner, n) => estate(owner, owners[(n + 1) % owners.length]!)));
    await Promise.all(
      roles.flatMap((role) =>
        (['READ', 'WORK'] as const).map((to) =>
          estate(colleague.STRANGER, colleague.STRANGER, { with: asker[role].id, to }),
        ),
      ),
    );
  }, 240_000);
  afterAll(() => voronka.stop(), 60_000);

  it('and a page with what its records lead to takes one statement for each kind of record', async () => {
    const page = `{ deals(first: 50) { nodes { title pipeline { name } stage { name } company { name } contact { name }
      lead { personName } owner { name } createdBy { email } nextStep { subject } } } }`;
    const kinds = ['deal', 'pipeline', 'company', 'contact', 'lead', 'user', 'activity'];
    const told = await statementsOf(() => admin.ask(page));
    // The house has statements of its own, by the clock.
    const asked = told.flatMap(
      (line) => /execute (\w+):(?:by-ids|next)|: select .* from "(\w+)" t where/.exec(line) ?? [],
    );
    expect(asked.filter((word) => kinds.includes(word)).sort()).toEqual([...kinds].sort());
  });

  it('and of every type somebody has said who may know of it', () => {
    expect(Object.keys(matrix.declared(schema))).toEqual(expect.arrayContaining(['Deal', 'User', 'AuditEntry']));
  });

  describe.each(roles)('the role %s', (role) => {
    it.each(nounNames)('reads of every %s that it may see all fields, and nothing of the others', async (noun) => {
      const text = `query ($id: ID!) { ${fieldOf(noun)}(id: $id) { ${matrix.everything(typeOf(schema, noun))} } }`;
      const answers = (client: Client) => Promise.all(idsOf(noun).map((id) => client.ask(text, { id })));
      const truth = (truths[noun] ??= await answers(admin));
      const answer = await answers(asker[role].client);
      expect(answer).toEqual(truth.map((one) => matrix.through(one, seenBy(role))));
    });

    it.each(nounNames)('has in its list of %s what it may see, counted', async (noun) => {
      const of = matrix.everything(typeOf(schema, noun), { lists: false });
      const text = `{ list: ${nouns[noun]}(first: 50) { totalCount nodes { ${of} } edges { node { __typename id version } } pageInfo { hasNextPage } } }`;
      const { list: truth } = await admin.ask<{ list: { totalCount: number; nodes: object[] } }>(text);
      const { list } = await asker[role].client.ask<{ list: typeof truth }>(text);
      const expected = matrix.through(truth, seenBy(role));
      expect(truth.totalCount).toBe(idsOf(noun).length);
      expect(list).toEqual({ ...expected, totalCount: expected.nodes.length });
    });

    it.each(services)('is told the same straight by %s', async (service) => {
      const sees = seenBy(role);
      const { data } = await atService<IntrospectionQuery>(service, adminId, getIntrospectionQuery());
      const own = buildClientSchema(data!);
      const entities = own.getType('_Entity');
      const names = isUnionType(entities) ? entities.getTypes().map(({ name }) => name) : [];
      for (const noun of nounNames.filter((name) => names.includes(name))) {
        const fields = matrix.everything(typeOf(own, noun));
        const text = `query ($of: [_Any!]!) { _entities(representations: $of) { ... on ${noun} { ${fields} } } }`;
        const of = idsOf(noun).map((id) => ({ __typename: noun, id }));
        const [truth, answer] = await Promise.all(
          [adminId, asker[role].id].map((id) => atService<{ _entities: object[] }>(service, id, text, { of })),
        );
        expect(answer!.data!._entities).toEqual(truth!.data!._entities.map((entity) => matrix.through(entity, sees)));
      }
    });

    it.each(['users', 'teams', 'roles', 'pipelines', 'products', 'covers'])('knows all %s', async (list) => {
      const type = getNamedType(schema.getQueryType()!.getFields()[list]!.type) as GraphQLObjectType;
      const of = getNamedType((type.getFields()['nodes'] as { type: GraphQLOutputType }).type) as GraphQLObjectType;
      const text = `{ list: ${list}(first: 50) { totalCount nodes { ${matrix.everything(of)} } } }`;
      expect(await asker[role].client.ask(text)).toEqual(await admin.ask(text));
    });

    it('has on the board what it may see, and in the reports what is not merely shared with it', async () => {
      const deals = (those: readonly Whose[]) =>
        records.filter((record) => record.noun === 'Deal' && those.includes(whoseIs(record, role))).length;
      const worth = (count: number) => (count === 0 ? [] : [{ amount: 100 * count, currency: 'EUR' }]);
      const { sees, reports } = model[role];
      const board = await asker[role].client.ask<{ board: { stages: object[] } }>(
        'query ($id: ID!) { board(pipelineId: $id) { stages { count sums { sum { amount currency } } } } }',
        { id: pipeline.id },
      );
      const onBoard = deals(sees);
      expect(board.board.stages[0]).toEqual({ count: onBoard, sums: worth(onBoard).map((sum) => ({ sum })) });

      const { data, errors } = await raw(voronka.system.gatewayUrl, asker[role].client.accessToken, REPORTS, {
        id: pipeline.id,
      });
      const open = deals(reports ?? []);
      const leads = { total: { captured: open } };
      const sales = { total: { open, openValue: worth(open) } };
      const first = { open, value: worth(open) };
      expect({ data, code: errors?.[0]?.extensions.code }).toMatchObject(
        reports
          ? { data: { funnel: { opened: open, stages: [first, {}, {}, {}] }, sales, leadFunnel: leads } }
          : { data: { funnel: null, sales: null, leadFunnel: null }, code: 'FORBIDDEN' },
      );
    });
  });

  it.each(nounNames)(
    'who has a role that hides every field that can be hidden sees all others of a %s',
    async (noun) => {
      const text = `query ($id: ID!) { ${fieldOf(noun)}(id: $id) { ${matrix.everything(typeOf(schema, noun))} } }`;
      const [id] = idsOf(noun);
      const truth = await admin.ask(text, { id });
      expect(await asker.KEPT.client.ask(text, { id })).toEqual(matrix.through(truth, () => true, matrix.hideable));
    },
  );

  describe.each(roles)('the role %s', (role) => {
    it.each(whoses)(
      'changes, gives away and sells a record of %s where it may, and learns nothing of others',
      async (whose) => {
        const { sees, ...may } = model[role];
        const outcomeOf = async ({ text, with: about }: matrix.Verb, id: string, ownerId: string) => {
          const variables = about(id, ownerId);
          const { errors } = await raw(voronka.system.gatewayUrl, asker[role].client.accessToken, text, variables);
          return errors?.[0] ? `${errors[0].extensions.code} ${errors[0].message.replace(id, '…')}` : 'done';
        };
        const wanted = ({ needs }: matrix.Verb) => {
          if (may[needs]?.includes(whose)) return LET_IN;
          return may[needs] && sees.includes(whose) ? SEEN_ONLY : ABSENT;
        };
        const [found, expected]: Record<string, string>[] = [{}, {}];
        const ofNothing = new Set<string>();
        const asked = matrix.verbs(schema, { holderId: adminId, stageId: pipeline.stages[0]!.id }).map(async (verb) => {
          const record = records.find((one) => one.noun === verb.noun && whoseIs(one, role) === whose);
          if (!record) return;
          const nothing = await outcomeOf(verb, newId(), record.ownerId);
          const outcome = await outcomeOf(verb, record.id, record.ownerId);
          ofNothing.add(`${may[verb.needs] ? 'allowed' : 'refused'} ${nothing.split(' ')[0]}`);
          found![verb.name] = classOf(outcome, nothing);
          expected![verb.name] = wanted(verb);
        });
        await Promise.all(asked);
        expect(found).toEqual(expected);
        expect(Object.keys(found!).length).toBeGreaterThan(15);
        expect(['allowed NOT_FOUND', 'refused FORBIDDEN']).toEqual(expect.arrayContaining([...ofNothing]));
      },
    );

    it('does through the gateway what is for it, and nothing else', async () => {
      const operations = operationsOf(schema).filter(
        ({ name, for: those }) => those !== 'everybody' && name !== 'signOut',
      );
      const doors = operations.map(async ({ name, text, variables }) => {
        const { errors } = await raw(voronka.system.gatewayUrl, asker[role].client.accessToken, text, variables);
        const said = errors?.[0] && `${errors[0].extensions.code} ${errors[0].message.split('.')[0]}`;
        return [name, said === SHUT ? 'shut' : 'open'];
      });
      const wanted = operations.map(({ name, for: those }) => [name, those.includes(role) ? 'open' : 'shut']);
      expect(await Promise.all(doors)).toEqual(wanted);
    });
  });
});
