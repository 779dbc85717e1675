interface Cause {
  readonly message: string;
  readonly name?: string;
  readonly type?: unknown;
  readonly code?: unknown;
  readonly errors?: readonly unknown[];
  readonly cause?: unknown;
  readonly originalError?: unknown;
}

const isCause = (one: unknown): one is Cause =>
  typeof one === 'object' && one !== null && typeof (one as Cause).message === 'string';

/** An error and all that it came of, the outermost first: drivers wrap what they gave up on, and list what they tried at once. */
export function causesOf(error: unknown): Cause[] {
  const found = new Set<Cause>();
  const add = (one: unknown): void => {
    if (!isCause(one) || found.has(one)) return;
    found.add(one);
    [...(one.errors ?? []), one.cause, one.originalError].forEach(add);
  };
  add(error);
  return [...found];
}

/** The names under which an error and its causes are known: Kafka's type, a code of PostgreSQL or of Node, or the class. */
export const namesOf = (error: unknown): string[] =>
  causesOf(error).map(
    ({ type, code, name = '' }) => [type, code].find((known): known is string => typeof known === 'string') ?? name,
  );
