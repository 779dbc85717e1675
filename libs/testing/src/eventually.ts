/**
 * Waits until `condition` answers something truthy and gives that; a condition that throws is one that does not hold yet.
 * Fails with what it last saw after `within` milliseconds (5,000 unless told).
 */
export async function eventually<T>(
  condition: () => T | Promise<T>,
  { within = 5000, every = 20 }: { within?: number; every?: number } = {},
): Promise<Exclude<T, false | 0 | '' | null | undefined | void>> {
  const until = Date.now() + within;
  for (;;) {
    let seen: unknown;
    try {
      const value = await condition();
      if (value) return value as Exclude<T, false | 0 | '' | null | undefined | void>;
      seen = value;
    } catch (error) {
      seen = error;
    }
    if (Date.now() > until) {
      const last = seen instanceof Error ? seen.message : String(seen);
      throw new Error(`It did not come true within ${within} ms. Last seen: ${last}\n${condition.toString()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, every));
  }
}
