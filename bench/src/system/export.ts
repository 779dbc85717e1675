import { get } from 'node:http';
import { monotonic, pause } from '../harness/clock.js';
import { cpuEach, cpuOf } from '../harness/cpu.js';
import { memoryOf } from '../harness/memory.js';
import type { Scenario } from '../harness/scenario.js';
import { MINUTES, proportional, sumOf } from './drive.js';
import type { Organisation } from './organisation.js';
import { readers } from './questions.js';

const sizes = {
  full: { deals: 100_000 },
  small: { deals: 10_000 },
  smoke: { deals: 300 },
};

/** The list as a file. */
export const exporting: Scenario<(typeof sizes)['full']> = {
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
  sizes,
  minutes: MINUTES,
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
