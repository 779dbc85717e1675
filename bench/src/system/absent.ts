import { v7 as newId } from 'uuid';
import { monotonic } from '../harness/clock.js';
import { distributionOf } from '../harness/latency.js';
import type { Measure, Scenario } from '../harness/scenario.js';
import { Connection } from '../load/connection.js';
import { readers } from './questions.js';
import { MINUTES } from './drive.js';

const sizes = {
  full: { deals: 100_000, pairs: 2_000 },
  small: { deals: 10_000, pairs: 300 },
  smoke: { deals: 300, pairs: 10 },
};
type S = (typeof sizes)['full'];

const kinds = {
  read: { name: 'a deal read', query: 'query ($id: ID!) { deal(id: $id) { id title } }' },
  update: {
    name: 'a deal changed',
    query: 'mutation ($id: ID!) { updateDeal(id: $id, input: { title: "Ours" }) { id } }',
  },
  list: {
    name: 'a list filtered by the id',
    query: 'query ($id: ID!) { deals(first: 5, filter: { id: { eq: $id } }) { totalCount nodes { id } } }',
  },
  entity: {
    name: '_entities, past the gateway',
    query: 'query ($of: [_Any!]!) { _entities(representations: $of) { ... on Deal { id title } } }',
  },
} as const;
type Kind = keyof typeof kinds;
const kindNames = Object.keys(kinds) as Kind[];

/** Whether the time of an answer tells what the answer does not. */
export const absent: Scenario<S> = {
  name: 'absent',
  group: 'system',
  title: 'Refused and absent take the same time',
  what:
    'A salesperson asks for deals that are others’, and for deals that are not there, in turns, one question after the other, at the gateway of the whole system, and at the deals service as the gateway asks it. ' +
    'Told is how far the medians of both lie apart. Checked: both are answered in the same words, but for the ids.',
  per: 'question',
  measures: Object.fromEntries(
    kindNames.flatMap((kind): [string, Measure][] => [
      [kind, { name: `${kinds[kind].name}, medians apart`, unit: '%', better: 'less', goal: { atMost: 5 } }],
      [`${kind}P50`, { name: `${kinds[kind].name}, refused, p50`, unit: 'ms', better: 'less', floors: [`${kind}P50`] }],
      [`${kind}P90`, { name: `${kinds[kind].name}, refused, p90`, unit: 'ms', better: 'less', floors: [`${kind}P90`] }],
    ]),
  ),
  floors: Object.fromEntries(
    kindNames.flatMap((kind) => [50, 90].map((p) => [`${kind}P${p}`, { name: `absent, p${p}`, unit: 'ms' }])),
  ),
  sizes,
  minutes: MINUTES,
  prepare: async (ground, { deals, pairs }) => {
    const organisation = await ground.servers.systems.of(deals);
    const { people } = await readers(organisation, 12);
    const person = people.find(({ role }) => role === 'SALESPERSON')!;
    const { rows } = await organisation.databases.deals.query<{ id: string }>(
      'select id from deal where owner_id <> $1 order by md5(id::text) limit $2',
      [person.id, pairs],
    );
    const session = await organisation.signIn(person);
    const atService = await organisation.identity('deals', person, session.id);
    const gateway = new Connection(new URL(organisation.url));
    const service = new Connection(new URL(organisation.serviceUrl('deals')));
    const wrong: string[] = [];
    const asked = async (kind: Kind, id: string): Promise<{ took: number; answer: string }> => {
      const variables = kind === 'entity' ? { of: [{ __typename: 'Deal', id }] } : { id };
      const body = JSON.stringify({ query: kinds[kind].query, variables });
      const began = monotonic();
      const answer = await (kind === 'entity' ? service.ask(body, atService) : gateway.ask(body, session.accessToken));
      return { took: monotonic() - began, answer: answer.replace(/[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/g, 'id') };
    };
    return {
      run: async () => {
        const figures: Record<string, number> = {};
        const floors: Record<string, number> = {};
        for (const kind of kindNames) {
          const took = { refused: [] as number[], absent: [] as number[] };
          for (let n = 0; n < pairs; n++) {
            const ask = { refused: () => asked(kind, rows[n % rows.length]!.id), absent: () => asked(kind, newId()) };
            const order = n % 2 === 0 ? (['refused', 'absent'] as const) : (['absent', 'refused'] as const);
            const answers: string[] = [];
            for (const which of order) {
              const { took: ms, answer } = await ask[which]();
              answers.push(answer);
              // What warms up counts for neither.
              if (n >= pairs / 10) took[which].push(ms);
            }
            if (answers[0] !== answers[1] && wrong.length < 5)
              wrong.push(
                `${kinds[kind].name}: ${order.join(' and ')} are not answered alike: ${answers.join(' and ')}`,
              );
          }
          const [refused, gone] = [distributionOf(took.refused), distributionOf(took.absent)];
          figures[kind] = 100 * Math.abs(refused.p50 / gone.p50 - 1);
          Object.assign(figures, { [`${kind}P50`]: refused.p50, [`${kind}P90`]: refused.p90 });
          Object.assign(floors, { [`${kind}P50`]: gone.p50, [`${kind}P90`]: gone.p90 });
        }
        gateway.end();
        service.end();
        return { figures, floors, notes: { 'pairs of each kind': pairs } };
      },
      check: () => Promise.resolve(wrong),
    };
  },
};
