/** Rows as a list per column, in the order named: parameters of `from unnest($1::uuid[], $2::text[], …)`. */
export const columns = <R extends object>(rows: readonly R[], ...names: (keyof R)[]): unknown[][] =>
  names.map((name) => rows.map((row) => row[name]));
