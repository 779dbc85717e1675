/** A tab of GraphiQL. */
export interface Example {
  readonly query: string;
  /** JSON text, as it stands in the editor for variables. */
  readonly variables?: string;
}

export const examples: readonly Example[] = [];
