import type { Database } from '@voronka/messaging';

/** How many keys one statement answers, unless one asks for more by himself. */
const BATCH = 500;

/** Answers values in the order of the keys. */
export type SharedLoader<V> = (keys: readonly string[]) => Promise<V[]>;
interface Asked<V> {
  readonly keys: readonly string[];
  readonly resolve: (values: V[]) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Collects what concurrent requests ask for in one turn of the event loop and answers it by one call of `batch`. Nothing is
 * remembered: each answer was read after it was asked for. Where `batch` fails, all fail who shared the call. A promise for
 * each who asks, not for each key: a page asks for many.
 */
export function sharedLoader<V>(batch: SharedLoader<V>): SharedLoader<V> {
  let waiting: Asked<V>[] = [];
  const answer = () => {
    const all = waiting;
    waiting = [];
    for (const together of inBatches(all)) void share(together, batch);
  };
  return (keys) => {
    if (keys.length === 0) return Promise.resolve([]);
    return new Promise((resolve, reject) => {
      if (waiting.length === 0) setImmediate(answer);
      waiting.push({ keys, resolve, reject });
    });
  };
}

/** The same where no transaction is open: inside one, what is asked there is read there. */
export function sharedReads<V>(database: Database, batch: SharedLoader<V>): SharedLoader<V> {
  const shared = sharedLoader(batch);
  return (keys) => (database.inTransaction ? batch(keys) : shared(keys));
}

async function share<V>(asked: readonly Asked<V>[], batch: SharedLoader<V>): Promise<void> {
  try {
    const values = await batch(asked.flatMap(({ keys }) => keys));
    let from = 0;
    for (const { keys, resolve } of asked) resolve(values.slice(from, (from += keys.length)));
  } catch (error) {
    for (const { reject } of asked) reject(error);
  }
}

function inBatches<V>(asked: readonly Asked<V>[]): Asked<V>[][] {
  const batches: Asked<V>[][] = [];
  let left = 0;
  for (const one of asked) {
    if (one.keys.length > left || batches.length === 0) {
      batches.push([]);
      left = BATCH;
    }
    batches.at(-1)?.push(one);
    left -= one.keys.length;
  }
  return batches;
}
