import { decode } from '@voronka/messaging';
import type pg from 'pg';
import { cpuEach, cpuOf } from '../harness/cpu.js';
import type { Prepared, Scenario } from '../harness/scenario.js';

const sizes = {
  full: { leads: 20_000, slices: 4, sliceSeconds: 5 },
  small: { leads: 4_000, slices: 2, sliceSeconds: 2 },
  smoke: { leads: 800, slices: 1, sliceSeconds: 0.3 },
};
type S = (typeof sizes)['full'];
const CONNECTIONS = 4;
/** Changes in one transaction: a person alone, and as many as wait under load. */
const GROUPS = { alone: 1, together: 64 } as const;
type Group = keyof typeof GROUPS;

interface Slice {
  readonly changes: number;
  readonly perSecond: number;
}

/** What it costs a writer that his change is announced. */
export const outboxCost: Scenario<S> = {
  name: 'outbox-cost',
  group: 'messaging',
  title: 'What the outbox costs a writer',
  what:
    'Four connections of one process change leads as the write path does (lock in the order of ids, one update of all ' +
    'columns, commit), one and 64 to a transaction, in turns with `outboxInsert` in the same transaction and without it; no relay ' +
    'runs. The floor is the update without events on the same database, connections and grouping. Checked: every change is ' +
    'in its row, and every announced one an event in the outbox that can be read.',
  per: 'change',
  measures: {
    alone: measure('one change to a transaction', 'bareAlone'),
    together: measure('64 changes to a transaction', 'bareTogether'),
  },
  floors: {
    bareAlone: { name: 'without events', unit: 'changes/s' },
    bareTogether: { name: 'without events', unit: 'changes/s' },
  },
  sizes,
  minutes: 15,
  prepare: async (ground, { leads, slices, sliceSeconds }) => {
    const databaseUrl = await ground.serviceDatabase('leads');
    await ground.migrate('leads', databaseUrl);
    const updater = await ground.worker('updater', 'updater', { databaseUrl, connections: CONNECTIONS });
    const client = await ground.connect(databaseUrl);
    await updater.call('prepare', { count: leads });
    const sum = { changes: 0, events: 0 };
    const turn = async (group: Group, events: boolean, seconds = sliceSeconds): Promise<Slice> => {
      const found = await updater.call<Slice>('run', { group: GROUPS[group], seconds, events });
      sum.changes += found.changes;
      if (events) sum.events += found.changes;
      return found;
    };
    const pids = { updater: updater.pid, PostgreSQL: ground.servers.pids.PostgreSQL };

    /** Both in turns: what disturbs one disturbs the other. */
    const inTurns = async (group: Group) => {
      for (const events of [false, true]) await turn(group, events, sliceSeconds / 2);
      const [bare, announced, cpu]: [number[], number[], Record<string, number>[]] = [[], [], []];
      for (let n = 0; n < slices; n++) {
        bare.push((await turn(group, false)).perSecond);
        const mark = cpuOf(pids);
        const slice = await turn(group, true);
        announced.push(slice.perSecond);
        cpu.push(cpuEach(pids, mark, slice.changes));
      }
      return { bare: mean(bare), announced: mean(announced), cpu: named(cpu, group) };
    };

    return {
      run: async () => {
        const [alone, together] = [await inTurns('alone'), await inTurns('together')];
        return {
          figures: { alone: alone.announced, together: together.announced },
          floors: { bareAlone: alone.bare, bareTogether: together.bare },
          cpu: { ...alone.cpu, ...together.cpu },
          notes: { 'changes announced': sum.events },
        };
      },
      check: async () => {
        await updater.call('end');
        return check(client, sum);
      },
    } satisfies Prepared;
  },
};

function measure(name: string, floor: string) {
  return { name, unit: 'changes/s', better: 'more' as const, goal: { ofFloor: 0.5 }, floors: [floor] };
}

/** The mean of several slices, by process and grouping. */
const named = (slices: readonly Record<string, number>[], group: Group): Record<string, number> =>
  Object.fromEntries(
    Object.keys(slices[0] ?? {}).map((process) => [
      `${process}, ${GROUPS[group]} to a transaction`,
      mean(slices.map((slice) => slice[process] ?? 0)),
    ]),
  );

const mean = (of: readonly number[]): number => of.reduce((sum, n) => sum + n, 0) / Math.max(1, of.length);

async function check(client: pg.Client, sum: { changes: number; events: number }): Promise<string[]> {
  const { rows } = await client.query<{ changes: number; events: number }>(
    `select (select sum(version - 1) from lead)::integer as changes, (select count(*) from outbox)::integer as events`,
  );
  const [{ changes, events } = { changes: 0, events: 0 }] = rows;
  const { rows: some } = await client.query<{
    topic: string;
    key: string;
    headers: Record<string, string>;
    value: string;
  }>('select topic, key, headers, value from outbox order by id desc limit 1000');
  let unreadable = 0;
  for (const row of some) {
    try {
      decode({ ...row, partition: 0, offset: 0, value: Buffer.from(row.value) });
    } catch {
      unreadable += 1;
    }
  }
  return [
    ...(changes === sum.changes ? [] : [`${sum.changes} changes were committed, and the rows tell of ${changes}.`]),
    ...(events === sum.events ? [] : [`${sum.events} changes were announced, and the outbox holds ${events} events.`]),
    ...(unreadable === 0 ? [] : [`${unreadable} of ${some.length} events cannot be read.`]),
  ];
}
