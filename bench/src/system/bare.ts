import { monotonic } from '../harness/clock.js';

/** How often a second something is done, one after the other, for so long. */
export async function perSecond(work: (n: number) => Promise<unknown>, seconds: number): Promise<number> {
  const began = monotonic();
  let n = 0;
  while (monotonic() - began < seconds * 1000) await work(n++);
  return (n * 1000) / (monotonic() - began);
}
