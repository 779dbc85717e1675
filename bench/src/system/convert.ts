import { randomUUID } from 'node:crypto';
import { distributionOf } from '../harness/latency.js';
import type { Scenario } from '../harness/scenario.js';
import { counting, createDeal, createLead, leftOver } from './changes.js';
import { Driver, latencies, memoryMeasure, MINUTES, percentiles, proportional, sumOf } from './drive.js';
import { importRows } from './load.js';
import { readers } from './questions.js';
import type { Row } from './trade.js';

const sizes = {
  full: { deals: 100_000, people: 60, leads: 6_000, warmUp: 3_000, connections: 32, perSecond: 180 },
  small: { deals: 10_000, people: 20, leads: 800, warmUp: 200, connections: 32, perSecond: 60 },
  smoke: { deals: 300, people: 8, leads: 24, warmUp: 8, connections: 8, perSecond: 10 },
};

/** From asking to a company, a contact and a deal. */
export const convert: Scenario<(typeof sizes)['full']> = {
  name: 'convert',
  group: 'system',
  title: 'Converting leads',
  what:
    'Leads that their owners convert at the gateway of the whole system, each into a company, a contact and a deal: leads asks, accounts and deals each make theirs, leads hears of it. ' +
    'After some that are not counted, half of them in a closed loop, which gives the rate: from the first call to the moment the last conversion is done. Half in an open loop, which gives the times, from when each was due to when its conversion was done. ' +
    'Checked: every answer; every conversion is done, and there are as many companies, contacts and deals; nothing left in an outbox or parked; analytics agrees with deals.',
  per: 'conversion',
  measures: {
    perSecond: { name: 'converted and acknowledged', unit: '/s', better: 'more', goal: { atLeast: 300 } },
    ...latencies('due to done', 500),
    cpu: { name: 'CPU, whole system', unit: 'ms', better: 'less' },
    memory: memoryMeasure,
  },
  floors: {},
  sizes,
  minutes: MINUTES,
  prepare: async (ground, { deals, people, leads, warmUp, connections, perSecond }) => {
    const organisation = await ground.servers.systems.of(deals);
    const { people: owners } = await readers(organisation, people);
    const half = Math.floor(leads / 2);
    const fresh = async (name: string, many: number) => {
      // An organisation that is kept has those of earlier times.
      const batch = randomUUID();
      const rows = Array.from({ length: many }, (_, n): Row => ({
        externalId: `${batch}:${n}`,
        ...{ personName: `Clara Novak ${n}`, companyName: `${name} Optics ${n}`, source: 'web form' },
        ...{ ownerId: owners[n % owners.length]!.id, amount: { amount: 10_000 + n, currency: 'EUR' } },
      }));
      const imported = await importRows(organisation.as(organisation.administrator), 'Lead', 'Leads', rows);
      const askers = owners.map(({ id, token }) => ({
        token,
        ids: imported.filter(({ ownerId }) => ownerId === id).map((lead) => lead.id),
      }));
      return { ids: imported.map(({ id }) => id), source: { kind: 'convert' as const, askers } };
    };
    const [warmLeads, closedLeads, openLeads] = [
      await fresh('warm', warmUp),
      await fresh('closed', half),
      await fresh('open', half),
    ];
    await organisation.settled();
    const driver = await Driver.of(ground, organisation, {
      ...{ warm: warmLeads.source, closed: closedLeads.source, open: openLeads.source },
    });
    const made = await Promise.all([
      ...(['company', 'contact'] as const).map((table) =>
        counting(organisation, {
          source: createLead.source,
          counted: [['accounts', `select count(*)::int as count from ${table}`]],
        }),
      ),
      counting(organisation, createDeal),
    ]);
    /** When each lead's conversion was done, as instants. */
    const done = async (ids: readonly string[]) => {
      const { rows } = await organisation.databases.leads.query<{ lead: string; at: Date }>(
        `select lead_id as lead, updated_at as at from conversion where status = 'DONE' and lead_id = any($1::uuid[])`,
        [ids],
      );
      return new Map(rows.map(({ lead, at }) => [lead, at.getTime()]));
    };
    const wrong: string[] = [];
    return {
      run: async () => {
        await driver.closed('warm', { connections, seconds: 600, count: warmUp });
        await organisation.settled();
        const spent = await driver.spent(
          () => driver.closed('closed', { connections, seconds: 600, count: half, tell: true }),
          ({ answered }) => answered,
        );
        const ends = [...(await done(closedLeads.ids)).values()];
        const seconds = (Math.max(...ends) - Math.min(...spent.of.begun.values())) / 1000;
        const open = await driver.open('open', {
          ...{ connections: 4 * connections, perSecond, seconds: half / perSecond, tell: true },
        });
        await organisation.settled();
        const at = await done(openLeads.ids);
        const took = [...open.begun].flatMap(([lead, from]) => (at.has(lead) ? [at.get(lead)! - from] : []));
        if (took.length < half || ends.length < half)
          wrong.push(`Of ${half} conversions ${ends.length} and ${took.length} were done.`);
        const times = distributionOf(took);
        return {
          figures: {
            ...{ perSecond: ends.length / seconds, cpu: sumOf(spent.cpu), memory: proportional(spent.memory) },
            ...percentiles(times),
          },
          ...{ cpu: spent.cpu, memory: spent.memory },
          distributions: { 'due to done': times, 'due to answered': open.took },
          notes: { connections, 'open loop, a second': perSecond, 'CPU ms of asking': spent.asking },
        };
      },
      check: async () => [
        ...driver.wrong,
        ...wrong,
        ...(await Promise.all(made.map((count) => count(warmUp + 2 * half)))).flat(),
        ...(await leftOver(organisation)),
      ],
    };
  },
};
