/** An object as services answer it. */
export type Data = Record<string, unknown>;

const isData = (value: unknown): value is Data => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Adds to what is known of an object what a service says of it, field by field, and item by item where lists are alike. */
export function merge(known: Data, said: Data): void {
  for (const [key, value] of Object.entries(said)) {
    const before = known[key];
    if (isData(before) && isData(value)) merge(before, value);
    else if (Array.isArray(before) && Array.isArray(value) && before.length === value.length) mergeItems(before, value);
    // A name that JSON may hold, and that would be no property.
    else if (key === '__proto__') Object.defineProperty(known, key, { value, enumerable: true, writable: true });
    else known[key] = value;
  }
}

function mergeItems(known: unknown[], said: readonly unknown[]): void {
  for (const [i, value] of said.entries()) {
    const before = known[i];
    if (isData(before) && isData(value)) merge(before, value);
    else known[i] = value;
  }
}

/** The objects at a path, in which `@` stands for every item of a list; of what is null there are none. */
export function objectsAt(all: Data, path: readonly (string | number)[]): Data[] {
  let found: unknown[] = [all];
  for (const step of path) {
    const next: unknown[] = [];
    for (const value of found) {
      if (value === null || value === undefined) continue;
      if (step !== '@') next.push((value as Data)[step]);
      else for (const item of value as unknown[]) next.push(item);
    }
    found = next;
  }
  return found.filter((value): value is Data => value !== null && value !== undefined);
}

/** Where those objects are, in their order. */
export function placesAt(all: Data, path: readonly (string | number)[]): (string | number)[][] {
  let found: { value: unknown; place: (string | number)[] }[] = [{ value: all, place: [] }];
  for (const step of path) {
    found = found.flatMap(({ value, place }) => {
      if (value === null || value === undefined) return [];
      if (step !== '@') return [{ value: (value as Data)[step], place: [...place, step] }];
      return (value as unknown[]).map((item, i) => ({ value: item, place: [...place, i] }));
    });
  }
  return found.filter(({ value }) => value !== null && value !== undefined).map(({ place }) => place);
}
