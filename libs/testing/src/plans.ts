import { owned } from '@voronka/contracts';
import type { Statement } from '@voronka/messaging';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  everybodys,
  reachOf,
  type SharedWith,
  statementsOf,
  tableOf,
  type ListArgs,
  type ListDescription,
  type Reach,
  type ServiceDefinition,
} from '@voronka/service-kit';
import { serviceUnderTest, type ServiceUnderTest } from './service.js';

/** Rows that are there, as few to a page as make the table as long as it would be with the rows that PostgreSQL is told of. */
const THERE = 20_000;
const TOLD = 1_000_000;
/** What may be sorted of a page's rows: a tie, or what an index has found. */
const SORTED = 5_000;
/** Counting ends at ten thousand: where a twentieth of all fit, that is soon reached in any order. */
const COUNTED = TOLD / 20;
const PEOPLE = 5_000;
const TEAMS = 100;

type List = ListDescription<never>;
interface Plan {
  'Node Type': string;
  'Relation Name'?: string;
  'Plan Rows': number;
  'Index Name'?: string;
  'Actual Loops'?: number;
  Plans?: Plan[];
}

/** The list of `name`, of which pages filtered by all of these fields are read in these orders as they are, however much one of their values holds. */
interface Unsorted {
  readonly name: string;
  readonly by: readonly string[];
  readonly orders: readonly string[];
}

/**
 * Asks PostgreSQL how it would read each list of a service that can grow without end, by every filter and in every order
 * that its schema offers and for everybody who may ask, where the table has a million rows. The rows themselves are made up from the
 * description of the list.
 */
export function describePlans(definition: ServiceDefinition, unsorted: readonly Unsorted[] = []): void {
  describe(`the lists of ${definition.name}`, () => {
    const lists = Object.entries(definition.exports ?? {}).map(([name, { list }]) => ({ name, list: list as List }));
    let system: ServiceUnderTest;
    const query = <R extends object>(text: string, values: readonly unknown[] = []) =>
      system.service.database.query<R>({ text, values }).then(({ rows }) => rows);

    beforeAll(async () => {
      system = await serviceUnderTest(definition);
      for (const { list } of lists) await fill(query, list);
      await query('analyze');
      for (const { list } of lists) await tell(query, tableOf(list.type).name);
    }, 120_000);
    afterAll(() => system.stop());

    const planOf = async ({ text, values }: Statement, how = 'format json') => {
      const [row] = await query<{ 'QUERY PLAN': { Plan: Plan }[] }>(`explain (${how}) ${text}`, values);
      return row!['QUERY PLAN'][0]!.Plan;
    };

    describe.each(lists)('the list of $name, with a million of them', ({ name, list }) => {
      const reaches = [
        'everybody’s',
        'his own',
        'those of fifty people',
        'those of a large branch',
        'those of nearly everybody',
      ];
      it.each(isOwned(list) ? reaches : reaches.slice(0, 1))(
        'reads %s by an index, whatever it is filtered by and in whatever order',
        async (whose) => {
          const reach = await reachNamed(query, whose);
          const found: string[] = [];
          for (const [asked, args] of await everyArgs(query, list)) {
            const { pages, count } = statementsOf(list, args, reach);
            for (const statement of [...pages, count]) {
              const fault = faultOf(await planOf(statement), tableOf(list.type).name, statement === count);
              if (fault) found.push(`${asked}: ${fault}`);
            }
          }
          expect(found).toEqual([]);
        },
        120_000,
      );

      for (const { by, orders } of unsorted.filter((one) => one.name === name))
        it.each(orders)(`reads a page by ${by.join(' and ')} in the order of %s as it is`, async (order) => {
          const filter = Object.fromEntries(
            await Promise.all(by.map(async (key) => [key, { eq: await valueThere(query, list, key) }] as const)),
          );
          for (const direction of ['ASC', 'DESC'] as const) {
            const { pages } = statementsOf(list, { filter, orderBy: [{ field: order, direction }] }, everybodys);
            expect(nodesOf(await planOf(pages[0]!))).not.toContain('Sort');
          }
        });

      if (!list.search || !isOwned(list)) return;
      it('looks among what is theirs alone for a part of a name, where that is little', async () => {
        const asked = async (whose: string) => {
          const { pages, count } = statementsOf(
            list,
            { filter: { search: 'seldom 4711' } },
            await reachNamed(query, whose),
          );
          const plans = await Promise.all([...pages, count].map((one) => planOf(one, 'analyze, format json')));
          return plans.map(looksAmongAll);
        };
        expect(new Set(await asked('those of fifty people'))).toEqual(new Set([false]));
        expect(new Set(await asked('everybody’s'))).toEqual(new Set([true]));
      });
    });
  });
}

const isOwned = (list: List) => owned.some((entity) => entity === tableOf(list.type).entity);

const nodesOf = ({ 'Node Type': node, Plans = [] }: Plan): string[] => [node, ...Plans.flatMap(nodesOf)];

/** Whether the index of three letters was read. */
const looksAmongAll = ({ 'Index Name': index = '', 'Actual Loops': loops = 0, Plans = [] }: Plan): boolean =>
  (index.endsWith('_search') && loops > 0) || Plans.some(looksAmongAll);

type Query = <R extends object>(text: string, values?: readonly unknown[]) => Promise<R[]>;

function faultOf(plan: Plan, table: string, counts: boolean): string | null {
  const { Plans: below = [] } = plan;
  const all = plan['Node Type'] === 'Seq Scan' && plan['Relation Name'] === table;
  if (all && (!counts || plan['Plan Rows'] < COUNTED))
    return counts ? 'reads all rows to count them' : 'reads all rows';
  if (plan['Node Type'] === 'Sort' && (below[0]?.['Plan Rows'] ?? 0) > SORTED)
    return `sorts ${below[0]?.['Plan Rows']} rows`;
  return below.map((one) => faultOf(one, table, counts)).find((fault) => fault !== null) ?? null;
}

async function reachNamed(query: Query, whose: string): Promise<Reach> {
  if (whose === 'everybody’s') return everybodys;
  const people = await query<{ id: string; teamId: string }>(
    'select id, team_id as "teamId" from directory_user order by id',
  );
  const [self] = people;
  const ids = (n: number) => new Set(people.slice(0, n).map(({ id }) => id));
  const holders = [self!.id, self!.teamId];
  const shares = { holders, found: holders, to: 'sharedToRead' } as const;
  const known = [...ids(people.length)];
  const of = (many: number, teams: readonly string[] = [], given: SharedWith = shares) =>
    reachOf({ people: ids(many), selves: [self!.id], teams: new Set(teams), known }, given);
  if (whose === 'his own') return of(1);
  if (whose === 'those of fifty people') return of(50);
  if (whose === 'those of nearly everybody') return of(people.length - 50, [], { ...shares, found: [] });
  const teams = [...new Set(people.map(({ teamId }) => teamId))].slice(0, TEAMS / 2);
  return of(people.length / 2, teams);
}

/** Some value that a field has in the list. */
async function valueThere(query: Query, list: List, key: string): Promise<unknown> {
  const { expression, several } = list.fields[key]!;
  const [row] = await query<{ value: unknown }>(
    `select ${several ? `${expression}[1]` : expression} as value from "${tableOf(list.type).name}" t
     where ${expression} is not null limit 1`,
  );
  return row!.value;
}

/** A page by each filter, in each order and direction, from the top. */
async function everyArgs(query: Query, list: List): Promise<[string, ListArgs][]> {
  const filters: [string, object][] = [['nothing', {}]];
  for (const [key, { kind, filter, nullable }] of Object.entries(list.fields)) {
    if (!filter) continue;
    const value = await valueThere(query, list, key);
    filters.push([`${key} equal`, { [key]: { eq: value } }]);
    if (['id', 'text', 'enum'].includes(kind)) filters.push([`${key} in`, { [key]: { in: [value] } }]);
    if (['instant', 'day', 'number'].includes(kind)) filters.push([`${key} from`, { [key]: { gte: value } }]);
    if (nullable) filters.push([`no ${key}`, { [key]: { isNull: true } }]);
  }
  if (list.search) filters.push(['a search', { search: 'seldom 4711' }]);
  const orders = Object.entries(list.fields)
    .filter(([, { order }]) => order)
    .flatMap(([field]) => (['ASC', 'DESC'] as const).map((direction) => [{ field, direction }]));
  return filters.flatMap(([filtered, filter]) =>
    [undefined, ...orders].map((orderBy): [string, ListArgs] => [
      `${filtered}, ${orderBy ? `${orderBy[0]!.field} ${orderBy[0]!.direction}` : 'usual order'}`,
      { filter, ...(orderBy && { orderBy }) } as ListArgs,
    ]),
  );
}

interface Column {
  name: string;
  type: string;
  nullable: boolean;
  generated: boolean;
}

/** How unlike each other values are; 2,000 of those of which nothing is said. */
const unlike: Record<string, number> = {
  owner_id: PEOPLE,
  pipeline_id: 3,
  stage_id: 12,
  team_id: TEAMS,
  source: 20,
  currency: 20,
};

/** Rows such as the list describes, of owners whom the directory knows. */
async function fill(query: Query, list: List): Promise<void> {
  const { name } = tableOf(list.type);
  await query(
    `insert into directory_user (id, name, team_id, role_ids, active, version)
     select md5('owner_id' || n)::uuid, 'Somebody', md5('team_id' || n % ${TEAMS})::uuid, '{}', true, 1
     from generate_series(0, ${PEOPLE - 1}) n on conflict do nothing`,
  );
  await query(`alter table "${name}" set (fillfactor = 10)`);
  // Of what is made up by chance not every rule holds.
  const checks = await query<{ name: string }>(
    `select conname as name from pg_constraint where conrelid = $1::regclass and contype in ('c', 'f')`,
    [`"${name}"`],
  );
  for (const check of checks) await query(`alter table "${name}" drop constraint "${check.name}"`);
  const columns = await query<Column>(
    `select column_name as name, data_type as type, is_nullable = 'YES' as nullable, is_generated = 'ALWAYS' as generated
     from information_schema.columns where table_schema = 'public' and table_name = $1`,
    [name],
  );
  const written = columns.filter(({ generated }) => !generated);
  const names = written.map((column) => `"${column.name}"`).join(', ');
  const values = written.map((column) => valueOf(column, list)).join(', ');
  await query(`insert into "${name}" (${names}) select ${values} from generate_series(1, ${THERE}) n`);
}

function valueOf({ name, type, nullable }: Column, list: List): string {
  const described = Object.entries(list.fields).find(([, { expression }]) => expression === `t.${name}`)?.[1];
  const any = `floor(random() * ${unlike[name] ?? 2_000})::int`;
  const words = Object.values(described?.enum?.type ?? {}) as string[];
  const of: Record<string, string> = {
    uuid: name === 'id' ? 'gen_random_uuid()' : `md5('${name}' || ${any})::uuid`,
    text:
      words.length > 0
        ? `(array['${words.join("','")}'])[1 + floor(random() * ${words.length})::int]`
        : `'${name} ' || ${any}`,
    'timestamp with time zone': `now() - random() * interval '730 days'`,
    date: `current_date - floor(random() * 730)::int`,
    boolean: 'random() < 0.5',
    jsonb: `'[]'`,
    ARRAY: name === 'role_ids' ? `array[md5('role' || ${any})::uuid]` : `'{}'`,
  };
  const value = of[type] ?? 'floor(random() * 1000000)::int';
  const unique = ['external_id', 'email'].includes(name) ? `'${name} ' || n` : value;
  return nullable && type !== 'jsonb' ? `case when random() < 0.5 then ${unique} end` : unique;
}

/** Lets PostgreSQL believe that there are a million rows, as its statistics would say of them. */
async function tell(query: Query, table: string): Promise<void> {
  await query(
    `select pg_restore_relation_stats('schemaname', 'public', 'relname', c.relname::text,
       'relpages', c.relpages, 'reltuples', (c.reltuples * ${TOLD / THERE})::real)
     from pg_class c where c.oid = $1::regclass or c.oid in (select indexrelid from pg_index where indrelid = $1::regclass)`,
    [`"${table}"`],
  );
}
