import { LeadCreated } from '@voronka/contracts';
import { AssignerProtocol, type Admin } from 'kafkajs';
import { monotonic, until } from '../harness/clock.js';
import { cpuEach, cpuOf } from '../harness/cpu.js';
import type { Scenario } from '../harness/scenario.js';
import { lead } from '../load/leads.js';
import { events } from '../load/lives.js';
import { fill } from './history.js';
import { committedOf, lengthOf } from './topics.js';

const sizes = {
  full: { events: 100_000, warmUp: 60_000 },
  small: { events: 20_000, warmUp: 10_000 },
  smoke: { events: 600, warmUp: 100 },
};
const services = ['deals', 'analytics'] as const;
const MOST = 3;

const perCore = (name: string) => ({ name, unit: 'events/s a core', better: 'more' as const });
const share = (name: string) => ({ name, unit: '% of an equal share', better: 'more' as const });

/** Whether three do three times the work of one, and share it. */
export const scaled: Scenario<(typeof sizes)['full']> = {
  name: 'scaled',
  group: 'messaging',
  title: 'One instance and three',
  what:
    'Deals and analytics, as they are shipped, take in the events of leads while one producer sends them: first one instance of each, then three, each time after a warm-up. What a core does is told ' +
    'from the CPU that the instances of a service used together, which holds where all of them share the cores of one machine; so the rate of three is no claim here. What an instance got ' +
    'is told by the partitions that its group gave it and how many events those hold. Checked: the groups have taken in every event, nothing is parked, and nobody was given other partitions meanwhile.',
  per: 'event',
  measures: Object.assign(
    {},
    ...services.map((service) => ({
      [`${service}1`]: perCore(`${service}, one instance`),
      [`${service}${MOST}`]: perCore(`${service}, three instances`),
      [`${service}Least`]: share(`${service}, the one of three that got least`),
    })),
  ) as Scenario['measures'],
  floors: {},
  sizes,
  minutes: 15,
  prepare: async (ground, { events: count, warmUp }) => {
    const urls = await Promise.all(services.map((service) => ground.serviceDatabase(service)));
    await ground.topics();
    const admin = await ground.admin();
    const topic = ground.prefix + LeadCreated.topic;
    const pids: Record<(typeof services)[number], number[]> = { deals: [], analytics: [] };
    const wrong: string[] = [];
    /** Sends so many events; resolves once both services have taken them in. */
    const through = async (many: number, seed: number) => {
      await fill(ground, topic, events(many, seed, [lead]));
      const all = await lengthOf(admin, topic);
      const done = () =>
        Promise.all(services.map((service) => committedOf(admin, ground.prefix + service, topic))).then((read) =>
          read.every((each) => each === all),
        );
      await until(done, { within: 240_000, every: 50, otherwise: 'The events were not taken in' });
    };
    /** Lets so many of each take in the next events. */
    const taken = async (instances: number) => {
      for (const service of services)
        while (pids[service].length < instances) pids[service].push((await ground.instance(service)).pid);
      const shared = () => Promise.all(services.map((service) => shares(admin, ground.prefix + service, topic)));
      const given = await until(
        async () => {
          const now = await shared();
          return (
            now.every((of) => of.length === instances && of.every((own) => own.length === PARTITIONS / instances)) &&
            now
          );
        },
        { within: 60_000, every: 200, otherwise: `The partitions were not shared equally by ${instances} of each` },
      );
      await through(warmUp, 10 + instances);
      const flat = Object.fromEntries(
        services.flatMap((service) => pids[service].map((pid, n) => [`${service} ${n}`, pid])),
      );
      const [mark, before, began] = [cpuOf(flat), await endsOf(admin, topic), monotonic()];
      await through(count, instances);
      const seconds = (monotonic() - began) / 1000;
      const [each, after] = [cpuEach(flat, mark, count), await endsOf(admin, topic)];
      if (JSON.stringify(await shared()) !== JSON.stringify(given)) wrong.push('Partitions changed hands meanwhile.');
      return services.map((service, i) => {
        const got = given[i]!.map((of) => of.reduce((sum, p) => sum + (after.get(p) ?? 0) - (before.get(p) ?? 0), 0));
        const ms = pids[service].reduce((sum, _, n) => sum + (each[`${service} ${n}`] ?? 0), 0);
        return { service, ms, least: (100 * instances * Math.min(...got)) / count, seconds };
      });
    };
    return {
      run: async () => {
        const [one, three] = [await taken(1), await taken(MOST)];
        const per = (ms: number) => (ms > 0 ? 1000 / ms : 0);
        return {
          figures: Object.fromEntries([
            ...one.map(({ service, ms }) => [`${service}1`, per(ms)] as const),
            ...three.map(({ service, ms }) => [`${service}${MOST}`, per(ms)] as const),
            ...three.map(({ service, least }) => [`${service}Least`, least] as const),
          ]),
          cpu: Object.fromEntries([
            ...one.map(({ service, ms }) => [`${service}, one`, ms] as const),
            ...three.map(({ service, ms }) => [`${service}, three`, ms] as const),
          ]),
          notes: {
            'events taken in by both, each time': count,
            's with one': one[0]!.seconds,
            's with three': three[0]!.seconds,
          },
        };
      },
      check: async () => {
        const parked = await Promise.all(
          urls.map(async (url) => (await (await ground.connect(url)).query('select from parked_event')).rowCount ?? 0),
        );
        return [...wrong, ...parked.filter((n) => n > 0).map((n) => `${n} events are parked.`)];
      },
    };
  },
};

/** Of the topic, as it is declared. */
const PARTITIONS = 6;

/** The partitions of a topic that each member of a group has; in the order of those. */
async function shares(admin: Admin, groupId: string, topic: string): Promise<number[][]> {
  const { groups } = await admin.describeGroups([groupId]);
  return (groups[0]?.members ?? [])
    .map(({ memberAssignment: bytes }) =>
      bytes.length === 0 ? [] : (AssignerProtocol.MemberAssignment.decode(bytes)?.assignment[topic] ?? []),
    )
    .map((partitions) => [...partitions].sort((a, b) => a - b))
    .sort(([a = -1], [b = -1]) => a - b);
}

async function endsOf(admin: Admin, topic: string): Promise<Map<number, number>> {
  return new Map((await admin.fetchTopicOffsets(topic)).map(({ partition, high }) => [partition, Number(high)]));
}
