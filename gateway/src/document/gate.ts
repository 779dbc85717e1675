import type { DocumentNode } from 'graphql';
import { GraphQLError, Kind, parse, visit } from 'graphql';
import { LRUCache } from 'lru-cache';
import type { Refusal } from '../graph/refusal.js';
import { refuse } from '../graph/refusal.js';
import type { OperationCost } from './cost.js';
import { costsOf, priceOf, said } from './cost.js';
import type { Limits } from './limits.js';
import { defaultLimits, pageTooLarge, tooMuch } from './limits.js';
import type { Prices } from './prices.js';
import type { Size } from './size.js';
import { BrokenFragments, measure } from './size.js';
import type { TrustedDocuments } from './trusted-documents.js';

/** What is known of a document by its text alone. */
type Known =
  | { readonly refusal: Refusal }
  | {
      readonly refusal: null;
      readonly operations: readonly OperationCost[];
      readonly fields: number;
      /** Whether it asks for the schema. */
      readonly introspects: boolean;
    };

/** A point of an allowance pays for so much cost, and for so many fields of a document that has to be planned first. */
const COST_OF_A_POINT = 100;
const FIELDS_OF_A_POINT = 10;

export interface Verdict {
  readonly refusal: Refusal | null;
  /** By the schema's prices and with these variables; 0 for what is refused. */
  readonly cost: number;
  /** What it takes of an allowance beyond the point that every request takes. */
  readonly points: number;
  readonly introspects: boolean;
}

/**
 * Refuses a document before anything is validated, planned or sent: what cannot be read, and what asks for too much.
 * What its text tells is remembered by its text, so a document that is sent again costs a look-up and a sum.
 */
export class DocumentGate {
  private readonly known = new LRUCache<string, Known>({
    maxSize: 16 * 1024 * 1024,
    sizeCalculation: (_, query) => 2 * query.length + 1_024,
  });

  constructor(
    private readonly prices: Prices,
    /** The only documents there are, where an operator says so. */
    readonly trusted: TrustedDocuments | null = null,
    private readonly limits: Limits = defaultLimits,
  ) {}

  judge(query: string, variables: Readonly<Record<string, unknown>> = {}): Verdict {
    if (query.length > this.limits.characters) return refused(tooMuch('characters', this.limits.characters));
    let known = this.known.get(query);
    const isNew = known === undefined;
    if (!known) this.known.set(query, (known = this.read(query)));
    if (known.refusal) return refused(known.refusal);
    const { operations, fields, introspects } = known;
    let cost = 0;
    for (const operation of operations) {
      const values = { ...operation.defaults, ...variables };
      for (const { argument, number } of operation.pages.flatMap((page) => said(page, values))) {
        if (number > this.limits.page) return refused(pageTooLarge(argument, this.limits.page));
      }
      cost = Math.max(cost, priceOf(operation.cost, values));
    }
    if (cost > this.limits.cost) return refused(tooMuch('cost', this.limits.cost));
    const points = Math.floor(cost / COST_OF_A_POINT) + (isNew ? Math.floor(fields / FIELDS_OF_A_POINT) : 0);
    return { refusal: null, cost, points, introspects };
  }

  private read(query: string): Known {
    let document: DocumentNode;
    try {
      document = parse(query, { maxTokens: this.limits.tokens, noLocation: true });
    } catch (error) {
      if (!(error instanceof GraphQLError)) throw error;
      if (error.message.endsWith('Parsing aborted.')) return { refusal: tooMuch('tokens', this.limits.tokens) };
      return { refusal: refuse('INVALID_QUERY', `The query cannot be read. ${error.message}`) };
    }
    const size = this.sizeOf(document);
    if ('code' in size) return { refusal: size };
    const refusal = this.trusted?.check(document);
    if (refusal) return { refusal };
    const operations = costsOf(document, this.prices);
    return { refusal: null, operations, fields: size.fields, introspects: asksForSchema(document) };
  }

  private sizeOf(document: DocumentNode): Size | Refusal {
    for (const node of document.definitions) {
      if (node.kind !== Kind.OPERATION_DEFINITION || this.prices.root(node.operation)) continue;
      return refuse('INVALID_QUERY', `This gateway answers no ${node.operation}.`);
    }
    try {
      const size = measure(document, this.limits.fields);
      const over = (Object.keys(size) as (keyof Size)[]).find((key) => size[key] > this.limits[key]);
      return over ? tooMuch(over, this.limits[over]) : size;
    } catch (error) {
      if (error instanceof BrokenFragments) return refuse('INVALID_QUERY', error.message);
      throw error;
    }
  }
}

const refused = (refusal: Refusal): Verdict => ({ refusal, cost: 0, points: 0, introspects: false });

function asksForSchema(document: DocumentNode): boolean {
  let asks = false;
  visit(document, {
    Field: ({ name: { value } }) => {
      asks ||= value === '__schema' || value === '__type';
    },
  });
  return asks;
}
