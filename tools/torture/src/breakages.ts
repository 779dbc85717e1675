import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import type { Deed } from './fault.js';
import { kinds } from './faults.js';
import { moveOffsets } from './again.js';
import { Random } from './random.js';
import { type ServiceName, type Stage, serviceNames } from './stage.js';

/**
 * A promise broken on purpose, from outside and for the time of a run, to see that the checker tells. Product code is not
 * touched: a trigger or a setting makes PostgreSQL do what the mistaken program would have done.
 */
export interface Breakage {
  readonly words: string;
  install(stage: Stage): Promise<void>;
  /** What has to happen in a round for it to show. */
  fault(stage: Stage, round: number): Deed;
}

const nothing = async (): Promise<void> => undefined;
const calm = (): Deed => ({ words: 'nothing else', run: () => sleep(3_000) });
/** Kafka is out of reach for a while, so that the outboxes fill. */
const unreachable = (stage: Stage, then: () => Promise<void> = nothing): Deed => ({
  words: 'Kafka out of reach for 4 s',
  run: async () => {
    await stage.kafka.link.close();
    await sleep(4_000);
    await then();
    await stage.kafka.link.open();
  },
});

export const breakages: Record<string, Breakage> = {
  'offset-before-transaction': {
    words: 'analytics commits its offsets before its transaction, and dies in between',
    install: nothing,
    fault: (stage) => ({
      words: 'analytics away for 3 s',
      run: async () => {
        await stage.system.process('analytics').stop();
        await sleep(3_000);
        await skipToEnd(stage.brokers, 'analytics');
        await stage.system.process('analytics').start();
      },
    }),
  },
  'no-inbox': {
    words: 'leads and tasks forget which events they have taken in',
    install: async (stage) => {
      for (const service of ['leads', 'tasks'] as const)
        await sql(stage, service, [
          ...['inbox', 'record_progress'].flatMap((table) => [
            `create function forget_${table}() returns trigger language plpgsql as $$ begin delete from ${table}; return null; end $$`,
            `create constraint trigger forget after insert or update on ${table} deferrable initially deferred for each row execute function forget_${table}()`,
          ]),
        ]);
    },
    fault: (stage, round) => kinds['rewind']?.(stage, new Random(round)) ?? calm(),
  },
  'delete-before-acknowledgement': {
    words: 'the relay of leads deletes what it has not sent yet, and dies',
    install: nothing,
    fault: (stage) => unreachable(stage, () => sql(stage, 'leads', ['delete from outbox'])),
  },
  'two-relays': {
    words: 'two relays carry the outbox of leads at once, without a lock',
    install: (stage) => mistakenRelay(stage, 'two-relays'),
    fault: calm,
  },
  'overlapping-sends': {
    words: 'the relay of leads does not wait for a batch before it sends the next',
    install: (stage) => mistakenRelay(stage, 'overlapping-sends'),
    fault: calm,
  },
  'swallowed-error': {
    words: "analytics swallows the error of every deal's second stay",
    install: (stage) =>
      trigger(stage, 'analytics', 'deal_stay', 'before insert', 'if new.n = 2 then return null; end if; return new;'),
    fault: calm,
  },
  'half-conversion': {
    words: 'accounts answers that it made its part, and every third contact is not there',
    install: (stage) =>
      trigger(
        stage,
        'accounts',
        'contact',
        'before insert',
        'if new.lead_id is not null and abs(hashtext(new.id::text)) % 3 = 0 then return null; end if; return new;',
      ),
    fault: calm,
  },
  'lost-commits': {
    words: 'PostgreSQL answers a commit before it is on the disk, and dies',
    install: (stage) =>
      sql(stage, 'leads', [
        'alter system set synchronous_commit = off',
        `alter system set wal_writer_delay = '10s'`,
        'select pg_reload_conf()',
      ]),
    fault: (stage) => ({
      words: 'kill -9 PostgreSQL',
      run: async () => {
        await sleep(2_000);
        await stage.postgres.supervised.kill();
      },
    }),
  },
  'out-of-order': {
    words: 'the outbox of leads is read from its end',
    install: (stage) => trigger(stage, 'leads', 'outbox', 'before insert', 'new.id := -new.id; return new;'),
    fault: (stage) => unreachable(stage),
  },
  'new-id-for-a-repeat': {
    words: 'deals announces every tenth event twice, under two ids',
    install: (stage) =>
      trigger(
        stage,
        'deals',
        'outbox',
        'after insert',
        `if new.id % 10 = 0 and pg_trigger_depth() = 1 then
           insert into outbox (topic, key, headers, value) values (new.topic, new.key,
             (new.headers::jsonb || jsonb_build_object('ce_id', gen_random_uuid()))::json, new.value);
         end if; return null;`,
      ),
    fault: calm,
  },
};

function mistakenRelay(stage: Stage, mode: string): Promise<void> {
  const program = fileURLToPath(new URL('mistaken-relay.js', import.meta.url));
  return stage.helper(mode, [program, stage.system.databaseUrl('leads'), stage.brokers, mode]);
}

function trigger(stage: Stage, service: ServiceName, table: string, when: string, body: string): Promise<void> {
  return sql(stage, service, [
    `create function torture() returns trigger language plpgsql as $$ begin ${body} end $$`,
    `create trigger torture ${when} on ${table} for each row execute function torture()`,
  ]);
}

async function sql(stage: Stage, service: ServiceName, statements: readonly string[]): Promise<void> {
  if (!serviceNames.includes(service)) throw new Error(`There is no service ${service}.`);
  const client = new pg.Client({ connectionString: stage.system.databaseUrl(service) });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

/** Sets a group's offsets to the ends of its topics. */
function skipToEnd(brokers: string, group: string): Promise<void> {
  return moveOffsets(brokers, group, async (admin, committed) => {
    const topics = [...new Set(committed.map(({ topic }) => topic))];
    const ends = topics.map(async (topic) =>
      (await admin.fetchTopicOffsets(topic)).map(({ partition, high }) => ({ topic, partition, offset: high })),
    );
    return (await Promise.all(ends)).flat();
  });
}
