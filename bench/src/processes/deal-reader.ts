import { Agent } from 'node:http';
import { ask } from '../harness/ask.js';
import { monotonic } from '../harness/clock.js';
import { serve, settingsOf } from './serve.js';

/** People who read deals at the GraphQL of a service, each as soon as he is answered. */
const { url } = settingsOf<{ url: string }>();
const READERS = 16;
const agent = new Agent({ keepAlive: true, maxSockets: READERS, scheduling: 'lifo' });

export interface AskedDeals {
  readonly token: string;
  readonly query: string;
  /** One of these is asked with each time; without any where there are none. */
  readonly variables: readonly object[];
  /** How many deals are in a right answer. */
  readonly rows: number;
  readonly seconds: number;
}

serve({
  read: async ({ token, query, variables, rows, seconds }: AskedDeals) => {
    const until = monotonic() + seconds * 1_000;
    let [reads, wrong] = [0, 0];
    const reader = async () => {
      while (monotonic() < until) {
        const answer = await ask(
          { url, token, agent },
          { query, variables: variables[Math.floor(Math.random() * variables.length)] ?? {} },
        );
        if (answer.split('"title":"Deal ').length !== rows + 1) wrong += 1;
        reads += 1;
      }
    };
    await Promise.all(Array.from({ length: READERS }, reader));
    return { reads, wrong };
  },
});
