import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { LeadCreated, stateOf } from '@voronka/contracts';
import { stateGroup } from '@voronka/messaging';
import type pg from 'pg';
import { until } from '../harness/clock.js';
import type { Ground } from '../harness/ground.js';
import type { Scenario } from '../harness/scenario.js';
import { person } from './latency.js';
import { committedOf, lengthOf } from './topics.js';

const sizes = { full: { leads: 20_000 }, small: { leads: 4_000 }, smoke: { leads: 200 } };
/** Who keeps anything of a lead. */
const readers = ['analytics', 'tasks', 'deals'] as const;
const keepers = ['leads', ...readers] as const;

const bytes = (name: string) => ({ name, unit: 'bytes', better: 'less' as const });

/** What is kept of a lead, and where. */
export const disk: Scenario<(typeof sizes)['full']> = {
  name: 'disk',
  group: 'messaging',
  title: 'What a lead takes on the disk',
  what:
    'Leads are created in the leads service, 500 to a call, and taken in by analytics, tasks and deals, all as they are shipped. Then every table of theirs is ' +
    'measured with its indexes, less what it took while it was empty, and so are the logs of the two topics of leads. The rows are as they were written: none was changed. ' +
    'Checked: every lead is in its table, its event and its state on their topics, and everybody has read them.',
  per: 'lead',
  measures: {
    ...Object.fromEntries(keepers.map((service) => [service, bytes(`a lead’s rows in ${service}`)])),
    inbox: bytes('an event in the inbox of one reader'),
    event: bytes('an event on its topic, one copy'),
    state: bytes('a state on its topic, one copy'),
  },
  floors: {},
  sizes,
  minutes: 15,
  prepare: async (ground, { leads: count }) => {
    const urls = await Promise.all(keepers.map((service) => ground.serviceDatabase(service)));
    await ground.topics();
    for (const service of readers) await ground.service(service);
    const leads = await ground.serviceInside('leads', 'leads-service');
    const actor = await person(ground, urls.slice(0, 2));
    const writer = await ground.worker('lead-writer', 'lead-writer', {
      url: await leads.call<string>('open', { actor }),
    });
    const databases = await Promise.all(urls.map((url) => ground.connect(url)));
    const admin = await ground.admin();
    const topics = { event: ground.prefix + LeadCreated.topic, state: ground.prefix + stateOf('lead')!.topic };
    const groups = [...readers, stateGroup('leads')].map((group) => ground.prefix + group);
    const missing = async (): Promise<string[]> => {
      const read = await Promise.all(groups.map((group) => committedOf(admin, group, topics.event)));
      const told = await Promise.all(Object.values(topics).map((topic) => lengthOf(admin, topic)));
      return [
        ...groups.filter((_, i) => read[i] !== count).map((group) => `${group} has not read every event.`),
        ...Object.values(topics)
          .filter((_, i) => told[i] !== count)
          .map((topic) => `${topic} has not ${count} messages.`),
      ];
    };
    return {
      run: async () => {
        const before = await Promise.all(databases.map(sizeOf));
        await writer.call('prepare', { base: count, idsAt: Date.now(), total: 0 });
        const all = async () => (await missing()).length === 0;
        await until(all, { within: 240_000, every: 200, otherwise: 'Not everybody has read the leads' });
        const after = await Promise.all(databases.map(sizeOf));
        const grown = keepers.map((service, i) => [service, (after[i]!.rows - before[i]!.rows) / count] as const);
        const analytics = keepers.indexOf('analytics');
        return {
          figures: {
            ...Object.fromEntries(grown),
            inbox: (after[analytics]!.inbox - before[analytics]!.inbox) / count,
            event: logOf(ground, topics.event) / count,
            state: logOf(ground, topics.state) / count,
          },
        };
      },
      check: async () => {
        const { rows } = await databases[0]!.query<{ n: number }>('select count(*)::int as n from lead');
        return [
          ...(await missing()),
          ...(rows[0]?.n === count ? [] : [`There are ${rows[0]?.n} leads, not ${count}.`]),
        ];
      },
    };
  },
};

/** Bytes of a database's own tables with their indexes, apart from the inbox; an outbox is empty again by itself. */
async function sizeOf(database: pg.Client): Promise<{ rows: number; inbox: number }> {
  const { rows } = await database.query<{ rows: number; inbox: number }>(
    `select coalesce(sum(pg_total_relation_size(oid)) filter (where relname not in ('inbox', 'outbox')), 0)::float8 as rows,
       coalesce(sum(pg_total_relation_size(oid)) filter (where relname = 'inbox'), 0)::float8 as inbox
     from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace`,
  );
  return rows[0]!;
}

/** Bytes of a topic's messages on the bench's one broker. */
function logOf(ground: Ground, topic: string): number {
  const data = join(ground.servers.folder, 'kafka', 'data');
  const partitions = readdirSync(data).filter((name) => name.replace(/-\d+$/, '') === topic);
  const logs = partitions.flatMap((name) =>
    readdirSync(join(data, name))
      .filter((file) => file.endsWith('.log'))
      .map((file) => join(data, name, file)),
  );
  return logs.reduce((sum, file) => sum + statSync(file).size, 0);
}
