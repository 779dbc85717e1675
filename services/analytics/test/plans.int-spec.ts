import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { asCondition, everybodys, newId, reachOf, type Reach, type Within } from '@voronka/service-kit';
import { serviceUnderTest, type ServiceUnderTest } from '@voronka/testing';
import { closings, cohort } from '../src/funnel/funnel.service.js';
import { groupings, placed } from '../src/sales/sales.service.js';
import { analytics as definition } from '../src/service.js';

const DEALS = 20_000;
const known = Array.from({ length: 400 }, () => newId());
const pipelineId = newId();
/** Of the first so many people. */
const of = (many: number): Reach =>
  reachOf({ people: new Set(known.slice(0, many)), selves: [known[0]!], teams: new Set(), known }, null);
const reaches: [string, Reach][] = [
  ['everybody', everybodys],
  ['oneself', of(1)],
  ['a team', of(8)],
  ['nearly everybody', of(390)],
];
const period = ['2026-03-01', '2026-04-01'];

let analytics: ServiceUnderTest;
const query = <R extends object>(text: string, values: unknown[] = []) =>
  analytics.service.database.query<R>({ text, values }).then(({ rows }) => rows);

beforeAll(async () => {
  analytics = await serviceUnderTest(definition);
  await query(
    `insert into deal (id, version, withdrawn, pipeline_id, stage_id, visited, status, owner_id, source, amount, currency, lines, opened_at, closed_at)
     select gen_random_uuid(), 1, false, $1::uuid, $1::uuid, array[$1::uuid], status, ($2::uuid[])[1 + n % 400], 'fair', n, 'EUR', '[]', at,
       case when status <> 'OPEN' then at end
     from generate_series(1, ${DEALS}) n,
       lateral (select (array['OPEN', 'WON', 'LOST'])[1 + n % 3] as status, timestamptz '2025-01-01' + n * interval '40 minutes' as at) s`,
    [pipelineId, known],
  );
  await query('vacuum analyze');
}, 60_000);
afterAll(() => analytics.stop());

interface Plan {
  'Node Type': string;
  'Index Name'?: string;
  'Relation Name'?: string;
  Plans?: Plan[];
}
/** How each scan of deals goes. */
const scansOf = ({ Plans = [], ...plan }: Plan): string[] => [
  ...(plan['Relation Name'] === 'deal' ? [`${plan['Node Type']} ${plan['Index Name'] ?? ''}`] : []),
  ...Plans.flatMap(scansOf),
];
async function scans(text: (within: Within) => string, reach: Reach, values: unknown[]) {
  const all = [...values];
  const statement = text((columns) => asCondition(reach, columns, (value) => `$${all.push(value)}`));
  const [row] = await query<{ 'QUERY PLAN': { Plan: Plan }[] }>(`explain (format json) ${statement}`, all);
  return scansOf(row!['QUERY PLAN'][0]!.Plan);
}

describe.each(reaches)('reports of %s', (whose, reach) => {
  const index = whose === 'oneself' ? 'deal_owner_\\w+' : '\\w+';
  const overIndexesAlone = [1, 2].map(() => expect.stringMatching(new RegExp(`^Index Only Scan ${index}$`)));

  it('are counted over indexes alone: a funnel', async () => {
    const asked = [pipelineId, ...period];
    const found = [...(await scans(cohort(''), reach, asked)), ...(await scans(closings(''), reach, asked))];
    expect(found).toEqual(overIndexesAlone);
  });

  it.each(['OWNER', 'MONTH', 'SOURCE'] as const)('are counted over indexes alone: sales by %s', async (by) => {
    const asked = [...period, 100, 0, ...(by === 'MONTH' ? ['UTC'] : [])];
    expect(await scans(placed(groupings[by]), reach, asked)).toEqual(overIndexesAlone);
  });
});
