/** What a list is asked for; the conventions of every list, see the Relay connection specification. */
export interface ListArgs {
  first?: number | null;
  after?: string | null;
  last?: number | null;
  before?: string | null;
  filter?: Filter | null;
  orderBy?: readonly OrderBy[] | null;
}
export interface OrderBy {
  field: string;
  direction: 'ASC' | 'DESC';
}
/** Conditions by field; all must hold. */
export interface Filter {
  and?: readonly Filter[] | null;
  or?: readonly Filter[] | null;
  not?: Filter | null;
  search?: string | null;
  [field: string]: unknown;
}

/** Rows of a page at most, and where nothing is said. */
export const MAX_PAGE = 200;
export const DEFAULT_PAGE = 50;
/** `totalCount` counts up to here. */
export const COUNT_CAP = 10_000;
