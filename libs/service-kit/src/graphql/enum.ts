/** The words of a closed list as the object that `registerEnumType` and the fields of that type want. */
export const enumOf = <T extends string>(values: readonly T[]) =>
  Object.fromEntries(values.map((value) => [value, value])) as { readonly [V in T]: V };
