import { monotonic, pause, until } from '../harness/clock.js';
import type { Scenario } from '../harness/scenario.js';
import { counting, createLead, leftOver } from './changes.js';
import { Driver, memoryMeasure, MINUTES, proportional, sumOf } from './drive.js';
import { readers } from './questions.js';

const less = { unit: 'ms', better: 'less' } as const;

const sizes = {
  full: { deals: 100_000, people: 60, leads: 5_000, seconds: 2, connections: 200, warmUp: 2_000 },
  small: { deals: 10_000, people: 20, leads: 500, seconds: 2, connections: 100, warmUp: 200 },
  smoke: { deals: 300, people: 8, leads: 20, seconds: 0.5, connections: 16, warmUp: 8 },
};

/** A mailing has gone out, and everybody answers. */
export const capture: Scenario<(typeof sizes)['full']> = {
  name: 'capture',
  group: 'system',
  title: 'A burst of leads',
  what:
    'When some have warmed everything up, leads are posted to the gateway of the whole system at a fixed rate, all within two seconds, whether or not answers come. Timed from when the first was due until the list of leads, asked for its count by the head of all, ' +
    'has every one of them. Checked: none is refused, every one is in the lists and in analytics, nothing is left in an outbox or parked.',
  per: 'lead',
  measures: {
    listed: { name: 'all in lists', unit: 's', better: 'less', goal: { atMost: 5 } },
    refused: { name: 'refused', unit: 'leads', better: 'less', goal: { atMost: 0 } },
    p50: { name: 'due to answered, p50', ...less },
    p99: { name: 'due to answered, p99', ...less },
    max: { name: 'due to answered, max', ...less },
    cpu: { name: 'CPU, whole system', ...less },
    memory: memoryMeasure,
  },
  floors: {},
  sizes,
  minutes: MINUTES,
  prepare: async (ground, { deals, people, leads, seconds, connections, warmUp }) => {
    const organisation = await ground.servers.systems.of(deals);
    const { people: posters } = await readers(organisation, people);
    const driver = await Driver.of(ground, organisation, { all: await createLead.source(organisation, posters) });
    await driver.closed('all', { connections, seconds: 60, count: warmUp });
    await organisation.settled();
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
