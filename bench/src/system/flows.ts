import { monotonic, pause, until } from '../harness/clock.js';
import { distributionOf } from '../harness/latency.js';
import type { Measure, Scenario } from '../harness/scenario.js';
import type { Row } from './trade.js';
import { counting, createDeal, createLead, leftOver } from './changes.js';
import { Driver, percentiles, proportional, sumOf } from './drive.js';
import { importRows } from './load.js';
import { readers } from './questions.js';

const memory: Measure = {
  name: 'memory, whole system, proportional',
  unit: 'MiB',
  better: 'less',
  goal: { atMost: 1536 },
};
const less = { unit: 'ms', better: 'less' } as const;

const conversions = {
  full: { deals: 100_000, people: 60, leads: 6_000, connections: 32, perSecond: 180 },
  small: { deals: 10_000, people: 20, leads: 800, connections: 32, perSecond: 60 },
  smoke: { deals: 300, people: 8, leads: 24, connections: 8, perSecond: 10 },
};

/** From asking to a company, a contact and a deal. */
export const convert: Scenario<(typeof conversions)['full']> = {
  name: 'convert',
  group: 'system',
  title: 'Converting leads',
  what:
    'Leads that their owners convert at the gateway of the whole system, each into a company, a contact and a deal: leads asks, accounts and deals each make theirs, leads hears of it. ' +
    'Half of them in a closed loop, which gives the rate: from the first call to the moment the last conversion is done. Half in an open loop, which gives the times, from when each was due to when its conversion was done. ' +
    'Checked: every answer; every conversion is done, and there are as many companies, contacts and deals; nothing left in an outbox or parked; analytics agrees with deals.',
  per: 'conversion',
  measures: {
    perSecond: { name: 'converted and acknowledged', unit: '/s', better: 'more', goal: { atLeast: 300 } },
    p50: { name: 'due to done, p50', ...less },
    p90: { name: 'due to done, p90', ...less },
    p99: { name: 'due to done, p99', ...less, goal: { atMost: 500 } },
    max: { name: 'due to done, max', ...less },
    cpu: { name: 'CPU, whole system', ...less },
    memory,
  },
  floors: {},
  sizes: conversions,
  minutes: 90,
  prepare: async (ground, { deals, people, leads, connections, perSecond }) => {
    const organisation = await ground.servers.systems.of(deals);
    const { people: owners } = await readers(organisation, people);
    const half = Math.floor(leads / 2);
    const fresh = async (name: string) => {
      const rows = Array.from({ length: half }, (_, n): Row => ({
        externalId: `${ground.prefix}${name}:${n}`,
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
    const [closedLeads, openLeads] = [await fresh('closed'), await fresh('open')];
    await organisation.settled();
    const driver = await Driver.of(ground, organisation, { closed: closedLeads.source, open: openLeads.source });
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
        ...(await Promise.all(made.map((count) => count(2 * half)))).flat(),
        ...(await leftOver(organisation)),
      ],
    };
  },
};

const bursts = {
  full: { deals: 100_000, people: 60, leads: 5_000, seconds: 2, connections: 200 },
  small: { deals: 10_000, people: 20, leads: 500, seconds: 2, connections: 100 },
  smoke: { deals: 300, people: 8, leads: 20, seconds: 0.5, connections: 16 },
};

/** A mailing has gone out, and everybody answers. */
export const capture: Scenario<(typeof bursts)['full']> = {
  name: 'capture',
  group: 'system',
  title: 'A burst of leads',
  what:
    'Leads are posted to the gateway of the whole system at a fixed rate, all within two seconds, whether or not answers come. Timed from when the first was due until the list of leads, asked for its count by the head of all, ' +
    'has every one of them. Checked: none is refused, every one is in the lists and in analytics, nothing is left in an outbox or parked.',
  per: 'lead',
  measures: {
    listed: { name: 'all in lists', unit: 's', better: 'less', goal: { atMost: 5 } },
    refused: { name: 'refused', unit: 'leads', better: 'less', goal: { atMost: 0 } },
    p50: { name: 'due to answered, p50', ...less },
    p99: { name: 'due to answered, p99', ...less },
    max: { name: 'due to answered, max', ...less },
    cpu: { name: 'CPU, whole system', ...less },
    memory,
  },
  floors: {},
  sizes: bursts,
  minutes: 90,
  prepare: async (ground, { deals, people, leads, seconds, connections }) => {
    const organisation = await ground.servers.systems.of(deals);
    const { people: posters } = await readers(organisation, people);
    const driver = await Driver.of(ground, organisation, { all: await createLead.source(organisation, posters) });
    const added = await counting(organisation, createLead);
    const since = new Date().toISOString();
    const listed = async () => {
      const query =
        'query ($since: DateTime) { leads(first: 1, filter: { createdAt: { gte: $since } }) { totalCount } }';
      const answer = await organisation.ask<{ leads: { totalCount: number } }>(posters[0]!.token, query, { since });
      return answer.leads.totalCount >= leads;
    };
    return {
      run: async () => {
        const began = monotonic();
        let all = 0;
        const spent = await driver.spent(
          async () => {
            const inLists = pause(seconds * 1000)
              .then(() => until(listed, { within: 300_000, every: 50, otherwise: 'Not every lead was in the list' }))
              .then(() => (all = monotonic() - began));
            const posted = await driver.open('all', { connections, seconds, perSecond: leads / seconds });
            await inLists;
            return posted;
          },
          ({ answered }) => answered,
        );
        const { p50, p99, max } = spent.of.took;
        return {
          figures: {
            ...{ listed: all / 1000, refused: spent.of.wrong, p50, p99, max },
            ...{ cpu: sumOf(spent.cpu), memory: proportional(spent.memory) },
          },
          ...{ cpu: spent.cpu, memory: spent.memory },
          distributions: { 'due to answered': spent.of.took },
          notes: { leads, connections, 'taken in by all, s after the first': spent.seconds },
        };
      },
      check: async () => [...driver.wrong, ...(await added(leads)), ...(await leftOver(organisation))],
    };
  },
};

const streams = {
  full: { deals: 100_000, people: 60, perSecond: 1_000, seconds: 30, connections: 100 },
  small: { deals: 10_000, people: 20, perSecond: 150, seconds: 10, connections: 60 },
  smoke: { deals: 300, people: 8, perSecond: 20, seconds: 1, connections: 16 },
};

/** How old a report is. */
export const freshness: Scenario<(typeof streams)['full']> = {
  name: 'freshness',
  group: 'system',
  title: 'How fresh reports are',
  what:
    'Deals are created at the gateway of the whole system at a fixed rate, each one an event, while the head of all asks for the sales report of the time since, over and over. The report has seen as many of them as it counts; ' +
    'in the order in which they were answered, each is visible with the first report that counts so many. Timed from when a deal was due to when that report was there, so creating it is in it, and the time a report takes. ' +
    'Checked: every answer, and that the last report counts every deal.',
  per: 'event',
  measures: {
    p50: { name: 'due to visible, p50', ...less },
    p90: { name: 'due to visible, p90', ...less },
    p99: { name: 'due to visible, p99', ...less, goal: { atMost: 1_000 } },
    max: { name: 'due to visible, max', ...less },
    cpu: { name: 'CPU, whole system, reports included', ...less },
    memory,
  },
  floors: {},
  sizes: streams,
  minutes: 90,
  prepare: async (ground, { deals, people, perSecond, seconds, connections }) => {
    const organisation = await ground.servers.systems.of(deals);
    const { people: makers } = await readers(organisation, people);
    const driver = await Driver.of(ground, organisation, { all: await createDeal.source(organisation, makers) });
    const added = await counting(organisation, createDeal);
    const from = new Date().toISOString();
    const count = async () => {
      const query = 'query ($from: DateTime) { sales(from: $from, groupBy: OWNER) { total { open } } }';
      const { sales } = await organisation.ask<{ sales: { total: { open: number } } }>(makers[0]!.token, query, {
        from,
      });
      return sales.total.open;
    };
    let wanted = 0;
    return {
      run: async () => {
        const reports: { at: number; open: number }[] = [];
        const spent = await driver.spent(
          async () => {
            let posted: number | undefined;
            const answers = driver.open('all', { connections, seconds, perSecond, tell: true }).then((asked) => {
              posted = asked.answered;
              return asked;
            });
            for (const end = Date.now() + (seconds + 300) * 1000; Date.now() < end; await pause(20)) {
              reports.push({ open: await count(), at: Date.now() });
              if (posted !== undefined && reports.at(-1)!.open >= posted) break;
            }
            return answers;
          },
          ({ answered }) => answered,
        );
        wanted = spent.of.answered;
        const due = [...spent.of.begun.values()].sort((a, b) => a - b);
        let report = 0;
        const ages = due.flatMap((at, n) => {
          while (report < reports.length && reports[report]!.open <= n) report += 1;
          return report < reports.length ? [reports[report]!.at - at] : [];
        });
        const times = distributionOf(ages);
        return {
          figures: { ...percentiles(times), cpu: sumOf(spent.cpu), memory: proportional(spent.memory) },
          ...{ cpu: spent.cpu, memory: spent.memory },
          distributions: { 'due to visible': times, 'due to answered': spent.of.took },
          notes: { 'events a second': perSecond, reports: reports.length, 'CPU ms of asking': spent.asking },
        };
      },
      check: async () => [
        ...driver.wrong,
        ...((await count()) === wanted ? [] : [`The report counts ${await count()} of ${wanted} deals.`]),
        ...(await added(wanted)),
        ...(await leftOver(organisation)),
      ],
    };
  },
};
