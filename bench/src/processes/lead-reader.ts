import { Agent } from 'node:http';
import { ask } from '../harness/ask.js';
import { monotonic } from '../harness/clock.js';
import { serve, settingsOf } from './serve.js';

/** People who read leads at the GraphQL of a service, each as soon as he is answered. */
const { url, token } = settingsOf<{ url: string; token: string }>();
let ids: readonly string[] = [];
const READERS = 16;
const ROWS = 50;
const agent = new Agent({ keepAlive: true, maxSockets: READERS, scheduling: 'lifo' });
const fields = 'id status personName companyName phones { typed } amount { amount currency } owner { id } createdAt';

const asked = {
  card: () => ({
    query: `query ($id: ID!) { lead(id: $id) { ${fields} } }`,
    variables: { id: ids[Math.floor(Math.random() * ids.length)] },
  }),
  page: () => ({ query: `{ leads(first: ${ROWS}) { nodes { ${fields} } } }` }),
};
const isRight = {
  card: (text: string) => text.includes('"personName":"Person '),
  page: (text: string) => text.split('"personName":"Person ').length === ROWS + 1,
};

serve({
  /** Which leads there are. */
  prepare: (given: { ids: readonly string[] }) => {
    ids = given.ids;
  },
  read: async ({ kind, seconds }: { kind: 'card' | 'page'; seconds: number }) => {
    const until = monotonic() + seconds * 1_000;
    let [reads, wrong] = [0, 0];
    const reader = async () => {
      while (monotonic() < until) {
        if (!isRight[kind](await ask({ url, token, agent }, asked[kind]()))) wrong += 1;
        reads += 1;
      }
    };
    await Promise.all(Array.from({ length: READERS }, reader));
    return { reads, wrong };
  },
});
