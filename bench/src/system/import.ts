import { randomUUID } from 'node:crypto';
import { monotonic } from '../harness/clock.js';
import type { Ground } from '../harness/ground.js';
import { distributionOf } from '../harness/latency.js';
import type { Scenario } from '../harness/scenario.js';
import { leftOver } from './changes.js';
import { card } from './deal-questions.js';
import { Driver, memoryMeasure, MINUTES, proportional, sumOf } from './drive.js';
import { importTrade } from './load.js';
import { known, readers } from './questions.js';
import { reminders } from './reminders.js';
import { Trade } from './trade.js';

const sizes = {
  full: { deals: 100_000, more: 25_000, people: 40, perSecond: 40, quietSeconds: 20, remindSeconds: 120 },
  small: { deals: 10_000, more: 1_000, people: 20, perSecond: 20, quietSeconds: 5, remindSeconds: 10 },
  smoke: { deals: 300, more: 20, people: 8, perSecond: 10, quietSeconds: 1, remindSeconds: 2 },
};

/** Another company's customers come in through the bulk door. */
export const importing: Scenario<(typeof sizes)['full']> = {
  name: 'import',
  group: 'system',
  title: 'Importing',
  what:
    'An administrator imports companies, contacts, leads, deals with their history and activities through the bulk mutations at the gateway, 500 rows in a call and four calls at once, one noun after the other. Timed until every event is published ' +
    'and everybody has taken it in. Meanwhile people read deals’ cards at a fixed rate, as they did before, and are reminded of two activities a second. Checked: every row is created, every answer of the neighbours is the same to the letter, every reminder is announced, nothing is left in an outbox or parked, and analytics agrees with deals. ' +
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
    reminded: { name: 'reminders, due to announced, max', unit: 'ms', better: 'less', goal: { atMost: 1_000 } },
    cpu: { name: 'CPU, whole system, neighbours included', unit: 'ms', better: 'less' },
    memory: memoryMeasure,
  },
  floors: {
    copy: { name: 'COPY', unit: 'rows/s' },
    quiet: { name: 'before it began', unit: 'ms' },
  },
  sizes,
  minutes: MINUTES,
  prepare: async (ground, { deals, more, people, perSecond, quietSeconds, remindSeconds }) => {
    const organisation = await ground.servers.systems.of(deals);
    const { loaded } = organisation;
    const place = await readers(organisation, people);
    const { known: cards } = await known(place, card, 10 * people);
    const driver = await Driver.of(ground, organisation, { cards: { kind: 'known', known: cards } });
    const owners = loaded.people.slice(1).map(({ id }) => id);
    // An organisation that is kept may have been imported into before.
    const trade = new Trade(more, owners, loaded.pipeline.stages, new Date(), randomUUID());
    const neighbours = (seconds: number) => driver.open('cards', { connections: 16, seconds, perSecond });
    return {
      floor: async () => ({ copy: await bareCopy(ground, trade.rows) }),
      run: async () => {
        const quiet = await neighbours(quietSeconds);
        let meanwhile = quiet;
        const late = await reminders(organisation, place.people, remindSeconds);
        const spent = await driver.spent(
          async () => {
            let over = false;
            const took: number[] = [];
            const beside = async () => {
              while (!over) {
                meanwhile = await neighbours(Math.min(quietSeconds, 5));
                took.push(meanwhile.took.p99);
              }
            };
            await Promise.all([importTrade(organisation, trade).finally(() => (over = true)), beside()]);
            // Of several stretches the middle one: the last is half quiet again.
            return took.sort((a, b) => a - b)[Math.floor(took.length / 2)] ?? 0;
          },
          () => trade.rows,
        );
        const before = quiet.took.p99;
        const reminded = distributionOf(await late());
        return {
          figures: {
            ...{
              perSecond: trade.rows / spent.seconds,
              neighbours: spent.of / before,
              meanwhile: spent.of,
              reminded: reminded.max,
            },
            ...{ cpu: sumOf(spent.cpu), memory: proportional(spent.memory) },
          },
          floors: { quiet: before },
          ...{ cpu: spent.cpu, memory: spent.memory },
          distributions: { quiet: quiet.took, meanwhile: meanwhile.took, reminders: reminded },
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
