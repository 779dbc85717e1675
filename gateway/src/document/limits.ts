import type { Refusal } from '../graph/refusal.js';
import { refuse } from '../graph/refusal.js';

/**
 * What one document may ask for. Counts are taken after fragments are spread, so a fragment is no way round them.
 * Measured on our schema: the largest documents that pass take 50 ms of CPU to validate and 300 ms to plan, about a
 * third of a millisecond a field. So a new document is paid for by its fields (see the gate), and known ones are not.
 */
export interface Limits {
  /** Of the text, and words and signs in it, which bound all that reads it. */
  readonly characters: number;
  readonly tokens: number;
  readonly depth: number;
  /** Fields side by side at the top of an operation, and in any selection. */
  readonly rootFields: number;
  readonly breadth: number;
  readonly aliases: number;
  readonly directives: number;
  readonly fields: number;
  /** Levels of lists and objects within one value, in the text or in a variable; and values in all variables together. */
  readonly valueDepth: number;
  readonly values: number;
  /** Rows of a page: what `first` and `last` may say. */
  readonly page: number;
  /** What the answer may cost by the schema's annotations; see docs/decisions. */
  readonly cost: number;
}

export const defaultLimits: Limits = {
  characters: 100_000,
  tokens: 2_000,
  depth: 15,
  rootFields: 50,
  breadth: 100,
  aliases: 50,
  directives: 50,
  fields: 1_000,
  valueDepth: 20,
  values: 100_000,
  page: 200,
  cost: 10_000,
};

const SPLIT = 'Split the query into several.';

/** What a limit is called in a refusal, and what to do. */
const words: Readonly<Record<Exclude<keyof Limits, 'page'>, { many: string; hint: string }>> = {
  characters: { many: 'characters', hint: 'Send long inputs as variables, or split the query.' },
  tokens: { many: 'words and signs', hint: 'Send long inputs as variables, or split the query.' },
  depth: { many: 'levels', hint: 'Ask for the deeper records by their ids in a second query.' },
  rootFields: { many: 'operations at the top', hint: SPLIT },
  breadth: { many: 'fields side by side', hint: SPLIT },
  aliases: { many: 'aliases', hint: SPLIT },
  directives: { many: 'directives', hint: SPLIT },
  fields: { many: 'fields', hint: SPLIT },
  valueDepth: { many: 'levels in one value', hint: 'Say the same with fewer lists and objects within each other.' },
  values: { many: 'values in its variables', hint: 'Send fewer rows at a time.' },
  cost: { many: 'points of cost', hint: 'Ask for fewer rows at a time, above all where a list stands in a list.' },
};

export function tooMuch(limit: keyof typeof words, most: number): Refusal {
  const { many, hint } = words[limit];
  return refuse('QUERY_TOO_COMPLEX', `The query has more than ${most.toLocaleString('en')} ${many}.`, { hint });
}

export function pageTooLarge(argument: string, most: number): Refusal {
  const message = `A page has at most ${most} rows. Ask for fewer and go on with the cursor.`;
  return refuse('PAGE_TOO_LARGE', message, { field: argument });
}
