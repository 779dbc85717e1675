import type { ExecutionResult, DocumentNode, OperationDefinitionNode } from 'graphql';
import { Kind } from 'graphql';
import { LRUCache } from 'lru-cache';
import type { PlanExecutor } from '../plan/executor.js';
import type { GatewayContext } from './context.js';

/** An operation that Apollo Server has answered. */
interface Known {
  readonly document: DocumentNode;
  readonly writes: boolean;
  readonly name: string | null;
  /** What it is counted and traced as. */
  readonly operation: string;
  readonly title: string;
}

/** What a client asks, as far as it is nothing but a document with its variables. */
interface Asked {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly operationName: string | undefined;
  readonly accept: string | undefined;
}

/** An answer without errors, or what Apollo Server is to make an answer of: it was done, and is not to be done again. */
export type Repeated = { readonly type: string; readonly text: string } | { readonly done: Promise<ExecutionResult> };

/**
 * Answers operations that Apollo Server has answered before: they were parsed and found valid, and nothing that it does beside having
 * them executed is seen where all goes well. What goes wrong it puts into words.
 */
export class Repeats {
  private readonly known = new LRUCache<string, Known>({
    maxSize: 16 * 1024 * 1024,
    sizeCalculation: (_, query) => 2 * query.length + 1_024,
  });
  /** The media types in which it answers, by what clients accept. */
  private readonly types = new LRUCache<string, string>({ max: 100 });

  /** `wrote` is told of each that changed something, with its name. */
  constructor(
    private readonly plans: PlanExecutor,
    private readonly wrote: (context: GatewayContext, name: string | null) => void,
  ) {}

  /** Keeps an operation that was answered without an error. */
  keep(query: string, document: DocumentNode, operation: OperationDefinitionNode, as: string, title: string): void {
    const operations = document.definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION);
    if (operations.length > 1 || this.known.has(query)) return;
    const writes = operation.operation === 'mutation';
    this.known.set(query, { document, writes, name: operation.name?.value ?? null, operation: as, title });
  }

  keepType(accept: string | undefined, type: string | undefined): void {
    if (type !== undefined) this.types.set(accept ?? '', type);
  }

  /** Null where Apollo Server has to be asked. */
  async answer({ query, variables, operationName, accept }: Asked, context: GatewayContext): Promise<Repeated | null> {
    const known = this.known.get(query);
    const type = this.types.get(accept ?? '');
    if (!known || type === undefined) return null;
    const run = this.plans.planned(known.document, operationName);
    if (!run) return null;
    context.writes = known.writes;
    const done = run(variables, context);
    const result = await done.catch(() => null);
    if (!result || result.errors) return { done };
    if (known.writes) this.wrote(context, known.name);
    const { progress } = context;
    Object.assign(progress, { answered: true, operation: known.operation, name: known.title });
    return { type, text: `${JSON.stringify({ data: result.data })}\n` };
  }
}
