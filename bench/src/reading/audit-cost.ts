import { AuditNoted, shippedRoles, type DataOf } from '@voronka/contracts';
import { decode } from '@voronka/messaging';
import type pg from 'pg';
import { v7 as newId } from 'uuid';
import { until } from '../harness/clock.js';
import type { Ground } from '../harness/ground.js';
import { inTurns } from '../harness/in-turns.js';
import type { Prepared, Scenario } from '../harness/scenario.js';

const sizes = {
  full: { leads: 20_000, slices: 200, sliceSeconds: 0.3 },
  small: { leads: 4_000, slices: 60, sliceSeconds: 0.3 },
  smoke: { leads: 400, slices: 2, sliceSeconds: 0.2 },
};
type S = (typeof sizes)['full'];
const kinds = ['card', 'page'] as const;
type Kind = (typeof kinds)[number];
interface Spent {
  readonly reads: number;
  readonly cpuMs: number;
}
interface Slice {
  readonly reads: number;
  readonly wrong: number;
}

/** What it costs a reader that it is told that he looked. */
export const auditCost: Scenario<S> = {
  name: 'audit-cost',
  group: 'reading',
  title: 'What the audit costs a reader',
  what:
    'Sixteen connections of one person read leads from the leads service over GraphQL, as it is shipped: one by its id, and pages of 50, ' +
    'in turns with the audit and without it, one straight after the other. Counted is what the process of the service spends, sending to Kafka ' +
    'included: it holds on a busy machine. The floor is the same service with the taking down left out. What identity then does with the entries is not in it. Checked: every answer, and that the topic holds an entry for each reading.',
  per: 'read',
  measures: {
    card: {
      name: 'one lead',
      unit: 'reads per CPU second',
      better: 'more',
      goal: { ofFloor: 0.97 },
      floors: ['bareCard'],
    },
    page: {
      name: 'pages of 50',
      unit: 'reads per CPU second',
      better: 'more',
      goal: { ofFloor: 0.97 },
      floors: ['barePage'],
    },
  },
  floors: {
    bareCard: { name: 'without the audit', unit: 'reads per CPU second' },
    barePage: { name: 'without the audit', unit: 'reads per CPU second' },
  },
  sizes,
  minutes: 15,
  prepare: async (ground, { leads, slices, sliceSeconds }) => {
    await ground.topics();
    const databaseUrl = await ground.serviceDatabase('leads');
    await ground.migrate('leads', databaseUrl);
    const client = await ground.connect(databaseUrl);
    const person = newId();
    const ids = await fill(client, person, leads);
    const service = await ground.serviceInside('leads', 'leads-service');
    const url = await service.call<string>('graphql');
    const token = await ground.identity('leads', person, '1h');
    const reader = await ground.worker('reader', 'lead-reader', { url, token });
    await reader.call('prepare', { ids });
    const sum = { told: 0, wrong: 0 };

    const turn = async (kind: Kind, audit: boolean): Promise<Spent> => {
      await service.call('audit', { on: audit });
      const began = await service.call<number>('cpuMs');
      const { reads, wrong } = await reader.call<Slice>('read', { kind, seconds: sliceSeconds });
      if (audit) sum.told += reads;
      sum.wrong += wrong;
      return { reads, cpuMs: (await service.call<number>('cpuMs')) - began };
    };
    const spentOn = async (kind: Kind) => {
      const spent = { with: { reads: 0, cpuMs: 0 }, without: { reads: 0, cpuMs: 0 } };
      await inTurns(slices, async (audit, counts) => {
        const { reads, cpuMs } = await turn(kind, audit);
        if (!counts) return;
        const of = spent[audit ? 'with' : 'without'];
        of.reads += reads;
        of.cpuMs += cpuMs;
      });
      return spent;
    };

    return {
      run: async () => {
        const [card, page] = [await spentOn('card'), await spentOn('page')];
        return {
          figures: { card: perCpuSecond(card.with), page: perCpuSecond(page.with) },
          floors: { bareCard: perCpuSecond(card.without), barePage: perCpuSecond(page.without) },
          notes: { 'entries told': sum.told },
        };
      },
      check: async () => {
        const told = await entriesOnTopic(ground, sum.told);
        return [
          ...(sum.wrong === 0 ? [] : [`${sum.wrong} answers were wrong.`]),
          ...(told === sum.told ? [] : [`${sum.told} readings were to be told, and ${told} were.`]),
        ];
      },
    } satisfies Prepared;
  },
};

const perCpuSecond = ({ reads, cpuMs }: Spent): number => (1_000 * reads) / Math.max(1, cpuMs);

/** Somebody who sees all there is, and leads of his; answers their ids. */
async function fill(client: pg.Client, person: string, leads: number): Promise<string[]> {
  const { id: roleId, grants } = shippedRoles.HEAD_OF_SALES;
  await client.query('insert into directory_role (id, grants, version) values ($1, $2, 1)', [
    roleId,
    JSON.stringify(grants),
  ]);
  await client.query(
    `insert into directory_user (id, name, role_ids, active, version) values ($1, 'A reader', array[$2::uuid], true, 1)`,
    [person, roleId],
  );
  const ids = Array.from({ length: leads }, () => newId());
  await client.query(
    `insert into lead (id, version, created_at, updated_at, status, person_name, company_name, phones, emails, product_ids, owner_id)
     select id, 1, now() - n * interval '1 minute', now(), 'NEW', 'Person ' || n, 'Company ' || n,
       '[{"typed": "+44 20 7946 0018", "normalised": "+442079460018"}]', '[]', '[]', $2
     from unnest($1::uuid[]) with ordinality as l (id, n)`,
    [ids, person],
  );
  await client.query('analyze');
  return ids;
}

/** How many entries the topic holds, once that is so many, or they come no more within 30 s. */
async function entriesOnTopic(ground: Ground, enough: number): Promise<number> {
  let count = 0;
  await ground.broker().subscribe({
    ...{ group: 'bench-audit', topics: [AuditNoted.topic], fromBeginning: true },
    onBatch: ({ messages }) => {
      for (const message of messages) count += (decode(message).data as DataOf<typeof AuditNoted>).audit.entries.length;
      return Promise.resolve();
    },
  });
  const all = () => Promise.resolve(count >= enough);
  await until(all, { within: 30_000, every: 100, otherwise: 'Not all entries came' }).catch(() => undefined);
  return count;
}
