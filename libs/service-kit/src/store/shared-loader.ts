import DataLoader from 'dataloader';

/** How many keys one statement answers at most. */
const BATCH = 500;

/**
 * Collects what concurrent requests ask for in one turn of the event loop and answers it by one call of `batch`, which
 * returns values in the order of the keys. Nothing is remembered: each answer was read after it was asked for.
 */
export const sharedLoader = <V>(batch: (keys: readonly string[]) => Promise<V[]>): DataLoader<string, V> =>
  new DataLoader<string, V>(batch, { cache: false, maxBatchSize: BATCH, batchScheduleFn: setImmediate });
