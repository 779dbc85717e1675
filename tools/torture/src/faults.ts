import { setTimeout as sleep } from 'node:timers/promises';
import { rewind, sendAgain } from './again.js';
import {
  aroundTheSession,
  deed,
  during,
  freeze,
  inSeconds,
  kill,
  type Kind,
  NotPossible,
  oneOf,
  patiently,
  present,
} from './fault.js';
import type { Random } from './random.js';
import { family, processNames, type ServiceName, type Stage, serviceNames, signal } from './stage.js';

const service = (random: Random): ServiceName => random.one(serviceNames);
/** The link of either server, and whose connections are meant: one service's, or everybody's. */
function line(stage: Stage, random: Random) {
  const to = random.one(['kafka', 'postgres'] as const);
  const owner = random.chance(0.5) ? service(random) : null;
  return { link: stage[to].link, owner, words: `between ${owner ?? 'everybody'} and ${to}` };
}

/** Every kind of fault by its name. */
export const kinds: Record<string, Kind> = {
  'kill-service': (stage, random) => {
    const name = service(random);
    return kill(name, stage.system.process(name));
  },
  'kill-gateway': (stage) => kill('gateway', stage.system.process('gateway')),
  'kill-kafka': (stage) => kill('Kafka', stage.kafka.supervised),
  'kill-postgres': (stage) => kill('PostgreSQL', stage.postgres.supervised),
  'freeze-service': (stage, random) => {
    const name = service(random);
    return freeze(name, aroundTheSession(random), () => [stage.system.process(name).pid]);
  },
  'freeze-gateway': (stage, random) =>
    freeze('gateway', random.between(800, 3_000), () => [stage.system.process('gateway').pid]),
  'freeze-kafka': (stage, random) => freeze('Kafka', aroundTheSession(random), () => [stage.kafka.supervised.pid]),
  'freeze-postgres': (stage, random) =>
    freeze('PostgreSQL', aroundTheSession(random), () => family(stage.postgres.supervised.pid)),
  'kafka-away': (stage, random) => {
    const ms = random.between(500, 5_000);
    return deed(`Kafka away for ${inSeconds(ms)}`, async () => {
      await Promise.all([stage.kafka.supervised.stop(8_000), stage.kafka.link.close()]);
      await sleep(ms);
      await stage.kafka.supervised.start();
      await stage.kafka.link.open();
    });
  },
  'cut-links': (stage, random) => {
    const { link, owner, words } = line(stage, random);
    const pauses = Array.from({ length: random.between(2, 6) }, () => random.between(100, 700));
    return deed(`${pauses.length} cuts ${words}`, async () => {
      for (const pause of pauses) {
        link.cut(owner);
        await sleep(pause);
      }
    });
  },
  'slow-link': (stage, random) => {
    const { link, owner, words } = line(stage, random);
    const delay = random.between(50, 400);
    return during(random.between(2_000, 4_000), `${delay} ms delay ${words}`, () => link.begin({ owner, delay }));
  },
  'black-hole': (stage, random) => {
    const { link, owner, words } = line(stage, random);
    const hold = random.one(['request', 'response'] as const);
    const reset = random.chance(0.5);
    // Around the session, and longer than a request to Kafka may take (10 s).
    const ms = oneOf(random, [1_000, 3_000], [6_500, 8_500], [10_500, 12_000]);
    return during(ms, `no ${hold} gets through ${words}${reset ? ', then a reset' : ''}`, () => {
      const end = link.begin({ owner, hold });
      return () => {
        if (reset) link.cut(owner);
        end();
      };
    });
  },
  'lost-responses': (stage, random) => {
    const { link, owner, words } = line(stage, random);
    const dropResponses = random.between(3, 25);
    return during(2_500, `${dropResponses} responses lost ${words}`, () => link.begin({ owner, dropResponses }));
  },
  rebalance: (stage, random) => {
    const name = service(random);
    const ms = random.between(500, 3_000);
    const abrupt = random.chance(0.5);
    return deed(`a second ${name} comes and ${abrupt ? 'is killed' : 'goes'} after ${inSeconds(ms)}`, async () => {
      const child = await stage.second(name, 20_000);
      await sleep(ms);
      await (abrupt ? child.kill() : child.stop(8_000));
    });
  },
  /** A relay that wakes up after another has taken its lock, in the middle of whatever it was doing. */
  'stolen-lock': (stage, random) => {
    const name = service(random);
    const ms = random.between(1_500, 4_000);
    return deed(
      `${name} frozen, its database connections ended, a second one at work for ${inSeconds(ms)}`,
      async () => {
        const child = await stage.second(name, 20_000);
        await present(name, () => stage.system.process(name).pid);
        const frozen = stage.system.process(name).pid;
        signal(frozen, 'SIGSTOP');
        try {
          stage.postgres.link.cut(name);
          await sleep(ms);
        } finally {
          signal(frozen, 'SIGCONT');
        }
        await sleep(1_000);
        await child.stop(8_000);
      },
    );
  },
  duplicates: (stage, random) => {
    const topic = `crm.${random.one(['lead', 'deal', 'conversion', 'company', 'contact', 'activity'])}.events`;
    const many = random.between(20, 200);
    return deed(`the last ${many} events of each partition of ${topic} come again`, () =>
      patiently(() => sendAgain(stage.brokers, topic, many)),
    );
  },
  rewind: (stage, random) => {
    const name = service(random);
    const back = random.between(5, 200);
    return deed(`${name} reads the last ${back} events of each partition again`, async () => {
      const process = stage.system.process(name);
      await process.stop();
      try {
        await patiently(() => rewind(stage.brokers, name, back));
      } finally {
        await process.start();
      }
    });
  },
  /** As when a machine's clock is set wrong, and right again. Kafka and PostgreSQL keep theirs. */
  'clock-jump': (stage, random) => {
    const name = random.one(processNames);
    const minutes = oneOf(random, [1, 50], [90, 3_000]) * random.one([-1, 1]);
    const ms = random.between(1_500, 3_500);
    return during(
      ms,
      `the clock of ${name} is ${Math.abs(minutes)} minutes ${minutes > 0 ? 'ahead' : 'behind'}`,
      () => {
        stage.shiftClock(name, minutes * 60_000);
        return () => stage.shiftClock(name, 0);
      },
    );
  },
  'full-disk': (stage, random) => {
    const of = random.one(['kafka', 'postgres'] as const);
    const ms = random.between(1_500, 4_000);
    return during(ms, `the disk of ${of} is full`, () => {
      const { disk } = stage[of];
      if (!disk) throw new NotPossible('this user may not mount a file system here');
      disk.fill();
      return () => disk.empty();
    });
  },
};
