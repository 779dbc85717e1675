import { setTimeout as pause } from 'node:timers/promises';

/** How long something announced elsewhere may be on its way here before it counts as unknown. */
const PATIENCE_MS = 2_000;
/** The same for whoever asks: he has signed in, so he exists, and a service that is behind has to say that it is, and not that he is nobody. */
export const PATIENCE_WITH_ASKER_MS = 8_000;

/** Asks again, less and less often, until there is an answer or the patience ends; null then. */
export async function eventually<V>(ask: () => Promise<V | null>, patienceMs = PATIENCE_MS): Promise<V | null> {
  const until = performance.now() + patienceMs;
  for (let wait = 10; ; wait = Math.min(wait * 2, 250)) {
    const answer = await ask();
    if (answer !== null || performance.now() + wait > until) return answer;
    await pause(wait);
  }
}
