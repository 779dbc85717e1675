import type { Scenario } from '../harness/scenario.js';
import {
  bareInserts,
  completeStep,
  counting,
  createContact,
  createDeal,
  leftOver,
  moveDeal,
  type Change,
} from './changes.js';
import { Driver, measuresOf, MINUTES, openRate, percentiles, proportional, rateOf, SHARE, sumOf } from './drive.js';
import { readers } from './questions.js';

const sizes = {
  full: { deals: 100_000, people: 100, connections: 48, seconds: 60, openSeconds: 30 },
  small: { deals: 10_000, people: 30, connections: 32, seconds: 10, openSeconds: 6 },
  smoke: { deals: 300, people: 12, connections: 8, seconds: 0.5, openSeconds: 0.5 },
};
type S = (typeof sizes)['full'];

interface Kind {
  readonly name: string;
  readonly title: string;
  readonly what: string;
  readonly change: Change;
}

const goals = { perSecond: 2_000, p99: 60, cpu: 0.7 };

const writing = ({ name, title, what, change }: Kind): Scenario<S> => ({
  name,
  group: 'system',
  title,
  what:
    `${what} Asked by heads and salespeople who are signed in, at the gateway of the whole system, in a closed loop. Counted until every event is published ` +
    `and everybody has taken it in: services, projections and states; rate and CPU are of all that. Then in an open loop at ${SHARE * goals.perSecond} a second (of a rate below the goal at as large a share), from which the times are told, ` +
    'from when each was due. Checked: every answer; as many records as answers, wherever they must be; nothing left in an outbox or parked; and analytics agrees with deals by status and currency. ' +
    'The floors are a bare `pg` that inserts such a row in a statement of its own, on as many connections, and a bare kafkajs producer that sends 500 messages at a time.',
  per: 'write',
  measures: measuresOf('written, and taken in by all', goals, ['bare', 'producer']),
  floors: {
    bare: { name: 'bare pg inserts', unit: '/s' },
    producer: { name: 'bare producer, 600 bytes, 3 headers', unit: 'messages/s' },
  },
  sizes,
  minutes: MINUTES,
  prepare: async (ground, { deals, people, connections, seconds, openSeconds }) => {
    const organisation = await ground.servers.systems.of(deals);
    const { people: writers } = await readers(organisation, people);
    const driver = await Driver.of(ground, organisation, { all: await change.source(organisation, writers) });
    const added = await counting(organisation, change);
    let answered = 0;
    return {
      floor: async () => {
        const producer = await ground.worker('bare-producer', 'bare-producer', { brokers: ground.brokers });
        const topic = await ground.floorTopic('plain');
        const sent = await producer.call<number>('plain', { topic, count: Math.ceil(1_000 * seconds) });
        await producer.kill();
        return { bare: await bareInserts(ground, connections, Math.min(5, seconds)), producer: sent };
      },
      run: async () => {
        const warm = await driver.closed('all', { connections, seconds: seconds / 8 });
        await organisation.settled();
        const spent = await driver.spent(
          () => driver.closed('all', { connections, seconds }),
          (of) => of.answered,
        );
        const rate = openRate(spent.of.answered / spent.seconds, goals.perSecond);
        const open = await driver.open('all', { connections: 3 * connections, seconds: openSeconds, perSecond: rate });
        await organisation.settled();
        const { of: closed, cpu, memory } = spent;
        answered = warm.answered + closed.answered + open.answered;
        return {
          figures: {
            ...{ perSecond: closed.answered / spent.seconds, cpu: sumOf(cpu), memory: proportional(memory) },
            ...percentiles(open.took),
          },
          ...{ cpu, memory },
          distributions: { 'open loop': open.took, 'closed loop': closed.took },
          notes: {
            ...{
              connections,
              'open loop, a second': rate,
              'answers a second': rateOf(closed),
              'CPU ms of asking': spent.asking,
            },
            'taken in by all, s after the last answer': spent.seconds - closed.seconds,
          },
        };
      },
      check: async () => [...driver.wrong, ...(await added(answered)), ...(await leftOver(organisation))],
    };
  },
});

/** What people change all day. */
export const writes: readonly Scenario<S>[] = [
  {
    ...{ name: 'create-deal', title: 'Creating deals', change: createDeal },
    what: 'Deals with a company, an amount and a day on which they are expected to close.',
  },
  {
    ...{ name: 'create-contact', title: 'Creating contacts', change: createContact },
    what: 'Contacts of a company, with a phone and a mail.',
  },
  {
    ...{ name: 'move-deal', title: 'Moving deals', change: moveDeal },
    what: 'Open deals go from the first stage to the second and back, each by its owner.',
  },
  {
    ...{ name: 'complete-step', title: 'Completing a step with its next', change: completeStep },
    what: 'Planned activities are completed by their owners, each with its outcome and the next one, which is completed later.',
  },
].map(writing);
