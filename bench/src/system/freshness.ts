import { pause } from '../harness/clock.js';
import { distributionOf } from '../harness/latency.js';
import type { Scenario } from '../harness/scenario.js';
import { counting, createDeal, leftOver } from './changes.js';
import { Driver, latencies, memoryMeasure, MINUTES, percentiles, proportional, sumOf } from './drive.js';
import { readers } from './questions.js';

const sizes = {
  full: { deals: 100_000, people: 60, perSecond: 1_000, seconds: 30, warmUp: 10, connections: 100 },
  small: { deals: 10_000, people: 20, perSecond: 150, seconds: 10, warmUp: 3, connections: 60 },
  smoke: { deals: 300, people: 8, perSecond: 20, seconds: 1, warmUp: 1, connections: 16 },
};

/** How old a report is. */
export const freshness: Scenario<(typeof sizes)['full']> = {
  name: 'freshness',
  group: 'system',
  title: 'How fresh reports are',
  what:
    'After some that are not counted, deals are created at the gateway of the whole system at a fixed rate, each one an event, while the head of all asks for the sales report of the time since, over and over. The report has seen as many of them as it counts; ' +
    'in the order in which they were answered, each is visible with the first report that counts so many. Timed from when a deal was due to when that report was there, so creating it is in it, and the time a report takes. ' +
    'Checked: every answer, and that the last report counts every deal.',
  per: 'event',
  measures: {
    ...latencies('due to visible', 1_000),
    cpu: { name: 'CPU, whole system, reports included', unit: 'ms', better: 'less' },
    memory: memoryMeasure,
  },
  floors: {},
  sizes,
  minutes: MINUTES,
  prepare: async (ground, { deals, people, perSecond, seconds, warmUp, connections }) => {
    const organisation = await ground.servers.systems.of(deals);
    const { people: makers } = await readers(organisation, people);
    const driver = await Driver.of(ground, organisation, { all: await createDeal.source(organisation, makers) });
    const added = await counting(organisation, createDeal);
    let from = new Date();
    let [made, wanted] = [0, 0];
    const count = async () => {
      const query = 'query ($from: DateTime) { sales(from: $from, groupBy: OWNER) { total { open } } }';
      const { sales } = await organisation.ask<{ sales: { total: { open: number } } }>(makers[0]!.token, query, {
        from: from.toISOString(),
      });
      return sales.total.open;
    };
    /** Makes deals for so long, and asks for the report of them until it counts them all or five minutes have gone by. */
    const make = async (forSeconds: number) => {
      from = new Date();
      const reports: { at: number; open: number }[] = [];
      let posted: number | undefined;
      const load = { connections, seconds: forSeconds, perSecond, tell: true };
      const answers = driver.open('all', load).then((asked) => {
        posted = asked.answered;
        return asked;
      });
      for (const end = Date.now() + (forSeconds + 300) * 1000; Date.now() < end; await pause(20)) {
        reports.push({ open: await count(), at: Date.now() });
        if (posted !== undefined && reports.at(-1)!.open >= posted) break;
      }
      const asked = await answers;
      made += asked.answered;
      return { ...asked, reports };
    };
    return {
      run: async () => {
        await make(warmUp);
        await organisation.settled();
        const spent = await driver.spent(
          () => make(seconds),
          ({ answered }) => answered,
        );
        const { reports } = spent.of;
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
        ...(await added(made)),
        ...(await leftOver(organisation)),
      ],
    };
  },
};
