import { get } from 'node:http';
import { monotonic, pause } from '../harness/clock.js';
import { cpuEach, cpuOf } from '../harness/cpu.js';
import type { Ground } from '../harness/ground.js';
import { memoryOf } from '../harness/memory.js';
import type { Scenario } from '../harness/scenario.js';
import { leftOver } from './changes.js';
import { Driver, proportional, sumOf } from './drive.js';
import { importTrade } from './load.js';
import type { Organisation } from './organisation.js';
import { card, known, readers } from './questions.js';
import { Trade } from './trade.js';

const imports = {
  full: { deals: 100_000, more: 25_000, people: 40, perSecond: 40, quietSeconds: 20 },
  small: { deals: 10_000, more: 1_000, people: 20, perSecond: 20, quietSeconds: 5 },
  smoke: { deals: 300, more: 20, people: 8, perSecond: 10, quietSeconds: 1 },
};

/** Another company's customers come in through the bulk door. */
export const importing: Scenario<(typeof imports)['full']> = {
  name: 'import',
  group: 'system',
  title: 'Importing',
  what:
    'An administrator imports companies, contacts, leads, deals with their history and activities through the bulk mutations at the gateway, 500 rows in a call and four calls at once, one noun after the other. Timed until every event is published ' +
    'and everybody has taken it in. Meanwhile people read deals’ cards at a fixed rate, as they did before. Checked: every row is created, every answer of the neighbours is the same to the letter, nothing is left in an outbox or parked, and analytics agrees with deals. ' +
    'The floor is `COPY` of as many rows into a table as wide as deals, with its key.',
  per: 'row',
  measures: {
    perSecond: {
      name: 'rows, taken in by all',
      unit: '/s',
      better: 'more',
      goal: { atLeast: 10_000 },
      floors: ['copy'],
    },
    neighbours: { name: 'neighbours’ p99, of the quiet one', unit: 'times', better: 'less', goal: { atMost: 2 } },
    meanwhile: { name: 'neighbours, due to answered, p99', unit: 'ms', better: 'less', floors: ['quiet'] },
    cpu: { name: 'CPU, whole system, neighbours included', unit: 'ms', better: 'less' },
    memory: { name: 'memory, whole system, proportional', unit: 'MiB', better: 'less', goal: { atMost: 1536 } },
  },
  floors: {
    copy: { name: 'COPY', unit: 'rows/s' },
    quiet: { name: 'before it began', unit: 'ms' },
  },
  sizes: imports,
  minutes: 90,
  prepare: async (ground, { deals, more, people, perSecond, quietSeconds }) => {
    const organisation = await ground.servers.systems.of(deals);
    const { loaded } = organisation;
    const place = await readers(organisation, people);
    const { known: cards } = await known(place, card, 10 * people);
    const driver = await Driver.of(ground, organisation, { cards: { kind: 'known', known: cards } });
    const owners = loaded.people.slice(1).map(({ id }) => id);
    const trade = new Trade(more, owners, loaded.pipeline.stages, new Date(), ground.prefix);
    const neighbours = (seconds: number) => driver.open('cards', { connections: 16, seconds, perSecond });
    return {
      floor: async () => ({ copy: await bareCopy(ground, trade.rows) }),
      run: async () => {
        const quiet = await neighbours(quietSeconds);
        let meanwhile = quiet;
        const spent = await driver.spent(
          async () => {
            let over = false;
            const came = importTrade(organisation, trade).finally(() => (over = true));
            const took: number[] = [];
            while (!over) {
              meanwhile = await neighbours(Math.min(quietSeconds, 5));
              took.push(meanwhile.took.p99);
            }
            await came;
            // Of several stretches the middle one: the last is half quiet again.
            return took.sort((a, b) => a - b)[Math.floor(took.length / 2)] ?? 0;
          },
          () => trade.rows,
        );
        const before = quiet.took.p99;
        return {
          figures: {
            ...{ perSecond: trade.rows / spent.seconds, neighbours: spent.of / before, meanwhile: spent.of },
            ...{ cpu: sumOf(spent.cpu), memory: proportional(spent.memory) },
          },
          floors: { quiet: before },
          ...{ cpu: spent.cpu, memory: spent.memory },
          distributions: { quiet: quiet.took, meanwhile: meanwhile.took },
          notes: {
            rows: trade.rows,
            'rows of the organisation, which came in the same way': loaded.rows,
            'of them a second': loaded.rows / loaded.seconds,
          },
        };
      },
      check: async () => [...driver.wrong, ...(await leftOver(organisation))],
    };
  },
};

/** How many rows a second PostgreSQL copies out of a file that it has written before. */
async function bareCopy(ground: Ground, rows: number): Promise<number> {
  const client = await ground.connect(await ground.database('bench_copy'));
  const columns =
    'id uuid, title text, status text, amount bigint, currency text, owner_id uuid, created_at timestamptz, lines jsonb';
  await client.query(`create table deal (${columns}, primary key (id))`);
  const { rows: found } = await client.query<{ data_directory: string }>('show data_directory');
  const file = `${found[0]!.data_directory}/bench-copy`;
  await client.query(
    `copy (select uuidv7(), 'Forty units', 'OPEN', n, 'EUR', uuidv7(), now(), '[]' from generate_series(1, ${rows}) n) to '${file}'`,
  );
  const began = monotonic();
  await client.query(`copy deal from '${file}'`);
  return (rows * 1000) / (monotonic() - began);
}

const exports_ = {
  full: { deals: 100_000 },
  small: { deals: 10_000 },
  smoke: { deals: 300 },
};

/** The list as a file. */
export const exporting: Scenario<(typeof exports_)['full']> = {
  name: 'export',
  group: 'system',
  title: 'Exporting',
  what:
    'The head of all takes every deal as CSV from the gateway of the whole system, by what they are worth. Timed from the question to the last byte; memory is looked at meanwhile. ' +
    'Checked: the file has a line for each deal, each once. The floor is a bare `pg` that selects the same rows in pages of 500 by the same order.',
  per: 'row',
  measures: {
    perSecond: { name: 'rows', unit: '/s', better: 'more', goal: { atLeast: 50_000 }, floors: ['bare'] },
    growth: { name: 'memory meanwhile, above before', unit: 'MiB', better: 'less', goal: { atMost: 64 } },
    cpu: { name: 'CPU, whole system', unit: 'ms', better: 'less' },
  },
  floors: { bare: { name: 'bare pg', unit: 'rows/s' } },
  sizes: exports_,
  minutes: 90,
  prepare: async (ground, { deals }) => {
    const organisation = await ground.servers.systems.of(deals);
    const { people } = await readers(organisation, 1);
    const head = people[0]!;
    let lines: string[] = [];
    return {
      floor: async () => ({ bare: await bareRows(organisation) }),
      run: async () => {
        await exported(organisation, head.token);
        const { pids } = organisation;
        const before = proportional(memoryOf(pids));
        const [mark, began] = [cpuOf(pids), monotonic()];
        let [greatest, over] = [before, false];
        const file = exported(organisation, head.token).finally(() => (over = true));
        while (!over) {
          greatest = Math.max(greatest, proportional(memoryOf(pids)));
          await Promise.race([file, pause(250)]);
        }
        lines = (await file).trimEnd().split('\n').slice(1);
        const seconds = (monotonic() - began) / 1000;
        const cpu = cpuEach(pids, mark, lines.length);
        return {
          figures: { perSecond: lines.length / seconds, growth: greatest - before, cpu: sumOf(cpu) },
          ...{ cpu, memory: memoryOf(pids) },
          notes: { rows: lines.length },
        };
      },
      check: async () => {
        const { rows } = await organisation.databases.deals.query<{ count: number }>(
          'select count(*)::int as count from deal',
        );
        const ids = new Set(lines.map((line) => line.slice(0, 36)));
        const wanted = rows[0]?.count;
        return ids.size === wanted && lines.length === wanted
          ? []
          : [`The file has ${lines.length} lines of ${ids.size} deals, and there are ${wanted} deals.`];
      },
    };
  },
};

/** The file; rejects where it is refused or breaks off. */
function exported({ url }: Organisation, token: string): Promise<string> {
  const orderBy = encodeURIComponent(JSON.stringify([{ field: 'amount', direction: 'DESC' }]));
  const at = new URL(`/export/deals.csv?orderBy=${orderBy}`, url);
  return new Promise((resolve, reject) => {
    const asked = get(at, { headers: { authorization: `Bearer ${token}` } }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part)).once('error', reject);
      response.once('end', () => {
        const text = Buffer.concat(parts).toString('utf8');
        if (response.statusCode === 200) resolve(text);
        else reject(new Error(`The export was answered ${response.statusCode}: ${text.slice(0, 300)}`));
      });
    });
    asked.once('error', reject);
  });
}

async function bareRows({ databases }: Organisation): Promise<number> {
  const began = monotonic();
  let [rows, last] = [0, { amount: '9007199254740991', id: 'ffffffff-ffff-ffff-ffff-ffffffffffff' }];
  for (;;) {
    const page = await databases.deals.query<typeof last>({
      name: 'export',
      text: 'select * from deal where (amount, id) < ($1::bigint, $2::uuid) and amount is not null order by amount desc, id desc limit 500',
      values: [last.amount, last.id],
    });
    if (page.rows.length === 0) return (rows * 1000) / (monotonic() - began);
    rows += page.rows.length;
    last = page.rows.at(-1)!;
  }
}
