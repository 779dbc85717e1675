import { monotonic } from '../harness/clock.js';
import { distributionOf, type Distribution } from '../harness/latency.js';
import { Connection } from '../load/connection.js';
import { dueAt, openLoop } from '../load/open-loop.js';
import { requestsOf, type Next, type Request, type Source } from '../load/requests.js';
import { serve, settingsOf } from './serve.js';

/** Asks the gateway as many people would, judges every answer, and says how long each took. */
const { url } = settingsOf<{ url: string }>();
const sources = new Map<string, Next>();

/** What was asked, and what came of it. */
export interface Asked {
  readonly answered: number;
  readonly seconds: number;
  readonly took: Distribution;
  readonly wrong: number;
  /** The first wrong answer, with its question. */
  readonly example: string;
  /** By the record each was about, when it was due, as an instant; where it was asked to be told. */
  readonly begun: ReadonlyMap<string, number>;
}

interface Pool {
  readonly name: string;
  readonly connections: number;
  readonly tell?: boolean;
}

serve({
  prepare: ({ name, source }: { name: string; source: Source }) => void sources.set(name, requestsOf(source)),
  /** Every connection asks again as soon as it is answered; for so long, or so often. */
  closed: ({ seconds, count = Infinity, ...pool }: Pool & { seconds: number; count?: number }): Promise<Asked> =>
    asking(pool, async (connections, ask) => {
      const until = monotonic() + seconds * 1000;
      let left = count;
      const work = async (connection: Connection) => {
        while (monotonic() < until && left-- > 0) if (!(await ask(connection, monotonic()))) return;
      };
      await Promise.all(connections.map(work));
    }),
  /** At a fixed rate whether or not answers come: what cannot be asked yet waits, and that counts. */
  open: ({ perSecond, seconds, ...pool }: Pool & { perSecond: number; seconds: number }): Promise<Asked> =>
    asking(pool, async (connections, ask) => {
      const loop = { perSecond, seconds, startAt: monotonic() };
      const waiting: number[] = [];
      let sent = false;
      const asleep: (() => void)[] = [];
      const work = async (connection: Connection) => {
        for (;;) {
          const n = waiting.shift();
          if (n !== undefined) {
            if (!(await ask(connection, dueAt(loop, n)))) return;
          } else if (sent) return;
          else await new Promise<void>((resolve) => asleep.push(resolve));
        }
      };
      const all = connections.map(work);
      await openLoop(loop, (due) => {
        waiting.push(...due);
        for (const wake of asleep.splice(0, due.length)) wake();
      });
      sent = true;
      for (const wake of asleep) wake();
      await Promise.all(all);
    }),
});

async function asking(
  { name, connections: many, tell }: Pool,
  work: (connections: Connection[], ask: (on: Connection, from: number) => Promise<boolean>) => Promise<void>,
): Promise<Asked> {
  const next = sources.get(name);
  if (!next) throw new Error(`There is nothing to ask called ${name}.`);
  const connections = Array.from({ length: many }, () => new Connection(new URL(url)));
  const took: number[] = [];
  const begun = new Map<string, number>();
  let [wrong, example] = [0, ''];
  let failed: Error | undefined;
  /** False once there is nothing left to ask. */
  const ask = async (connection: Connection, from: number): Promise<boolean> => {
    let request: Request;
    try {
      request = next();
    } catch (error) {
      failed ??= error as Error;
      return false;
    }
    if (tell && request.key !== undefined) begun.set(request.key, Date.now() - (monotonic() - from));
    const answer = await connection.ask(request.body, request.token).catch(({ message }: Error) => message);
    took.push(monotonic() - from);
    if (request.right(answer)) return true;
    wrong += 1;
    example ||= `${request.body.slice(0, 400)} was answered ${answer.slice(0, 400)}`;
    return true;
  };
  const began = monotonic();
  try {
    await work(connections, ask);
  } finally {
    connections.forEach((connection) => connection.end());
  }
  if (failed) throw failed;
  const seconds = (monotonic() - began) / 1000;
  return { answered: took.length, seconds, took: distributionOf(took), wrong, example, begun };
}
