/**
 * Runs something with a thing and without it in turns, so often each, each first in every other turn: what disturbs one
 * disturbs the other. The first time of each, which warms up, does not count.
 */
export async function inTurns(often: number, run: (on: boolean, counts: boolean) => Promise<void>): Promise<void> {
  for (const on of [false, true]) await run(on, false);
  for (let n = 0; n < often; n++) for (const on of n % 2 === 0 ? [false, true] : [true, false]) await run(on, true);
}
