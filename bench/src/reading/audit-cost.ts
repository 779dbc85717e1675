import { AuditNoted, shippedRoles, type DataOf } from '@voronka/contracts';
import { decode } from '@voronka/messaging';
import { importPKCS8, SignJWT } from 'jose';
import type pg from 'pg';
import { v7 as newId } from 'uuid';
import { until } from '../harness/clock.js';
import { cpuEach, cpuOf } from '../harness/cpu.js';
import type { Ground } from '../harness/ground.js';
import type { Prepared, Scenario } from '../harness/scenario.js';

const sizes = {
  full: { leads: 20_000, slices: 12, sliceSeconds: 4 },
  small: { leads: 4_000, slices: 6, sliceSeconds: 2 },
  smoke: { leads: 400, slices: 1, sliceSeconds: 0.3 },
};
type S = (typeof sizes)['full'];
const kinds = ['card', 'page'] as const;
type Kind = (typeof kinds)[number];
interface Slice {
  readonly reads: number;
  readonly perSecond: number;
  readonly wrong: number;
}

/** What it costs a reader that it is told that he looked. */
export const auditCost: Scenario<S> = {
  name: 'audit-cost',
  group: 'reading',
  title: 'What the audit costs a reader',
  what:
    'Sixteen connections of one person read leads from the leads service over GraphQL, as it is shipped: one by its id, and pages of 50, ' +
    'in turns with the audit and without it, one straight after the other. Timed at the reader. The floor is the same service with the ' +
    'taking down left out. What identity then does with the entries is not in it. Checked: every answer, and that the topic holds an entry for each reading.',
  per: 'read',
  measures: {
    card: { name: 'one lead', unit: 'reads/s', better: 'more', goal: { ofFloor: 0.97 }, floors: ['bareCard'] },
    page: { name: 'pages of 50', unit: 'reads/s', better: 'more', goal: { ofFloor: 0.97 }, floors: ['barePage'] },
  },
  floors: {
    bareCard: { name: 'without the audit', unit: 'reads/s' },
    barePage: { name: 'without the audit', unit: 'reads/s' },
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
    // Here alone: it loads all that a service stands on.
    const { GATEWAY_ISSUER } = await import('@voronka/service-kit');
    const token = await new SignJWT({})
      .setProtectedHeader({ alg: 'EdDSA' })
      .setIssuer(GATEWAY_ISSUER)
      .setAudience('leads')
      .setSubject(person)
      .setExpirationTime('1h')
      .sign(await importPKCS8(ground.keys.internal.privateKey, 'EdDSA'));
    const reader = await ground.worker('reader', 'lead-reader', { url, token });
    await reader.call('prepare', { ids });
    const pids = { leads: service.pid };
    const sum = { told: 0, wrong: 0 };

    const turn = async (kind: Kind, audit: boolean, seconds = sliceSeconds) => {
      await service.call('audit', { on: audit });
      const mark = cpuOf(pids);
      const slice = await reader.call<Slice>('read', { kind, seconds });
      if (audit) sum.told += slice.reads;
      sum.wrong += slice.wrong;
      return { perSecond: slice.perSecond, cpu: cpuEach(pids, mark, slice.reads)['leads'] ?? 0 };
    };
    /** Both in turns, each first in every other one: what disturbs one disturbs the other. */
    const inTurns = async (kind: Kind) => {
      for (const audit of [false, true]) await turn(kind, audit);
      const found = {
        with: [] as Awaited<ReturnType<typeof turn>>[],
        without: [] as Awaited<ReturnType<typeof turn>>[],
      };
      for (let n = 0; n < slices; n++)
        for (const audit of n % 2 === 0 ? [false, true] : [true, false])
          found[audit ? 'with' : 'without'].push(await turn(kind, audit));
      return found;
    };

    return {
      run: async () => {
        const [card, page] = [await inTurns('card'), await inTurns('page')];
        const rate = (of: typeof card.with) => mean(of.map(({ perSecond }) => perSecond));
        const cpu = (of: typeof card.with) => mean(of.map(({ cpu: each }) => each));
        return {
          figures: { card: rate(card.with), page: rate(page.with) },
          floors: { bareCard: rate(card.without), barePage: rate(page.without) },
          cpu: {
            'leads, one lead': cpu(card.with),
            'leads, one lead, without the audit': cpu(card.without),
            'leads, a page': cpu(page.with),
            'leads, a page, without the audit': cpu(page.without),
          },
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

const mean = (of: readonly number[]): number => of.reduce((sum, n) => sum + n, 0) / Math.max(1, of.length);

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
