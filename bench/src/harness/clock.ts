/** Milliseconds of the machine's monotonic clock, which all its processes share. */
export const monotonic = (): number => Number(process.hrtime.bigint()) / 1e6;

export const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, Math.max(0, milliseconds)));

/** Asks until the answer is truthy; a question that fails is asked again. Rejects with the sentence when there is none within the time. */
export async function until<T>(
  ask: () => Promise<T> | T,
  { within, every, otherwise }: { within: number; every: number; otherwise: string },
): Promise<Exclude<T, false | 0 | '' | null | undefined>> {
  const end = Date.now() + within;
  for (;;) {
    let trouble = '';
    try {
      const answer = await ask();
      if (answer) return answer as Exclude<T, false | 0 | '' | null | undefined>;
    } catch (error) {
      trouble = ` (${(error as Error).message})`;
    }
    if (Date.now() > end) throw new Error(`${otherwise} within ${within / 1000} s${trouble}.`);
    await pause(every);
  }
}
