import type { DocumentNode, FragmentDefinitionNode, SelectionSetNode } from 'graphql';
import { GraphQLError, Kind, parse } from 'graphql';
import { LRUCache } from 'lru-cache';
import type { Refusal } from './refusal.js';
import { refuse } from './refusal.js';

/** What one document may ask for. Counts are taken after fragments are spread, so a fragment is no way round them. */
export interface Limits {
  readonly tokens: number;
  readonly depth: number;
  readonly rootFields: number;
  readonly aliases: number;
  readonly directives: number;
  readonly fields: number;
}

export const defaultLimits: Limits = {
  tokens: 2_000,
  depth: 15,
  rootFields: 50,
  aliases: 50,
  directives: 50,
  fields: 5_000,
};

interface Size {
  depth: number;
  rootFields: number;
  aliases: number;
  directives: number;
  fields: number;
}

/**
 * Refuses a document before anything is planned or sent: what cannot be read, and what asks for too much.
 * The verdict on a document is remembered by its text, so a document that is sent again costs one look-up.
 */
export class DocumentGate {
  private readonly verdicts = new LRUCache<string, { refusal: Refusal | null }>({
    maxSize: 8 * 1024 * 1024,
    sizeCalculation: (_, query) => query.length + 64,
  });

  constructor(private readonly limits: Limits = defaultLimits) {}

  /** Null when the document may go on. */
  check(query: string): Refusal | null {
    const known = this.verdicts.get(query);
    if (known) return known.refusal;
    const refusal = this.judge(query);
    this.verdicts.set(query, { refusal });
    return refusal;
  }

  private judge(query: string): Refusal | null {
    let document: DocumentNode;
    try {
      document = parse(query, { maxTokens: this.limits.tokens, noLocation: true });
    } catch (error) {
      if (!(error instanceof GraphQLError)) throw error;
      if (error.message.endsWith('Parsing aborted.')) {
        return tooMuch('words and signs', this.limits.tokens, 'Send long inputs as variables, or split the query.');
      }
      return refuse('INVALID_QUERY', `The query cannot be read. ${error.message}`);
    }
    const size = measure(document, this.limits.fields);
    if (size.depth > this.limits.depth) {
      return tooMuch('levels', this.limits.depth, 'Ask for the deeper records by their ids in a second query.');
    }
    if (size.rootFields > this.limits.rootFields)
      return tooMuch('operations at the top', this.limits.rootFields, SPLIT);
    if (size.aliases > this.limits.aliases) return tooMuch('aliases', this.limits.aliases, SPLIT);
    if (size.directives > this.limits.directives) return tooMuch('directives', this.limits.directives, SPLIT);
    if (size.fields > this.limits.fields) return tooMuch('fields', this.limits.fields, SPLIT);
    return null;
  }
}

const SPLIT = 'Split the query into several.';

function tooMuch(what: string, limit: number, hint: string): Refusal {
  return refuse('QUERY_TOO_COMPLEX', `The query has more than ${limit} ${what}.`, { hint });
}

/**
 * The size of the largest operation of a document. A fragment is measured once however often it is spread, so a
 * document that doubles itself through fragments costs no more than its text; a fragment within itself counts once
 * (validation refuses it afterwards). Counts stop growing just above `cap`.
 */
export function measure(document: DocumentNode, cap = Number.MAX_SAFE_INTEGER): Size {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const measured = new Map<string, Size>();
  const add = (to: Size, part: Size) => {
    to.depth = Math.max(to.depth, part.depth);
    to.rootFields = Math.min(to.rootFields + part.rootFields, cap + 1);
    to.aliases = Math.min(to.aliases + part.aliases, cap + 1);
    to.directives = Math.min(to.directives + part.directives, cap + 1);
    to.fields = Math.min(to.fields + part.fields, cap + 1);
  };

  const ofFragment = (name: string): Size => {
    const known = measured.get(name);
    if (known) return known;
    measured.set(name, empty());
    const fragment = fragments.get(name);
    const size = fragment ? ofSelections(fragment.selectionSet) : empty();
    measured.set(name, size);
    return size;
  };

  const ofSelections = (set: SelectionSetNode): Size => {
    const size = empty();
    for (const selection of set.selections) {
      size.directives += selection.directives?.length ?? 0;
      if (selection.kind === Kind.FRAGMENT_SPREAD) {
        add(size, ofFragment(selection.name.value));
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        add(size, ofSelections(selection.selectionSet));
      } else {
        const below = selection.selectionSet ? ofSelections(selection.selectionSet) : empty();
        add(size, {
          depth: below.depth + 1,
          rootFields: 1,
          aliases: below.aliases + (selection.alias ? 1 : 0),
          directives: below.directives,
          fields: below.fields + 1,
        });
      }
    }
    return size;
  };

  const largest = empty();
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    const size = ofSelections(definition.selectionSet);
    size.directives += definition.directives?.length ?? 0;
    for (const key of Object.keys(largest) as (keyof Size)[]) largest[key] = Math.max(largest[key], size[key]);
  }
  return largest;
}

const empty = (): Size => ({ depth: 0, rootFields: 0, aliases: 0, directives: 0, fields: 0 });
