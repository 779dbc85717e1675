import { Agent, request } from 'node:http';
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
        if (!isRight[kind](await post(JSON.stringify(asked[kind]())))) wrong += 1;
        reads += 1;
      }
    };
    await Promise.all(Array.from({ length: READERS }, reader));
    return { reads, wrong };
  },
});

function post(body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      authorization: `Bearer ${token}`,
    };
    const sent = request(url, { method: 'POST', agent, headers, timeout: 60_000 }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.once('end', () => resolve(text));
    });
    sent.once('timeout', () => sent.destroy(new Error('No answer within a minute.')));
    sent.once('error', reject);
    sent.end(body);
  });
}
