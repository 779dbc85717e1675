import { once } from 'node:events';
import { Readable } from 'node:stream';
import type { OnModuleDestroy } from '@nestjs/common';
import type { GraphQLSchemaHost } from '@nestjs/graphql';
import { DomainError } from '@voronka/contracts';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import type { Logger } from 'pino';
import { placesOf } from '../access/fields.js';
import { requireRight } from '../access/guard.js';
import type { IdentityVerifier } from '../access/identity.js';
import type { Directory } from '../directory/directory.js';
import { askerOf, type Asker } from '../graphql/context.js';
import { formatError } from '../graphql/errors.js';
import type { Audit } from '../audit/audit.js';
import type { Page } from '../list/page.js';
import type { CrmRecord } from '../record.js';
import type { Store } from '../store/store.js';
import { askedOf, type Asked } from './asked.js';
import { columnsOf, headOf, linesOf, type Column } from './csv.js';
import type { Exported } from './exported.js';

/** Rows that one statement reads: they are made text at one go, and others wait meanwhile. */
const PAGE = 500;

type Rows = Page<CrmRecord<object>>;

export interface ExportsOptions {
  readonly lists: ReadonlyMap<string, Exported>;
  readonly identities: IdentityVerifier;
  readonly directory: Directory;
  readonly store: Store;
  readonly audit: Audit;
  readonly schemas: GraphQLSchemaHost;
  readonly logger: Logger;
}

/**
 * Lists as streams of CSV, of any length: page by page, each a statement of its own, so that no transaction stays open. It
 * is no picture of one moment: what changes its place in the order meanwhile may come twice or not at all.
 */
export class Exports implements OnModuleDestroy {
  private readonly open = new Set<Readable>();

  constructor(private readonly options: ExportsOptions) {}

  /** Throws what is refused before there is anything to send. */
  async begin(name: string, authorization: string | undefined, parameters: object): Promise<Readable> {
    const { identities, audit } = this.options;
    const asker = askerOf({ actor: await identities.verify(authorization) });
    try {
      return await this.take(name, asker, parameters);
    } catch (error) {
      if (error instanceof DomainError) await audit.refused(asker, error, `export ${name}`, null);
      throw error;
    }
  }

  private async take(name: string, asker: Asker, parameters: object): Promise<Readable> {
    const { lists, directory, audit, schemas, logger } = this.options;
    const exported = lists.get(name);
    if (!exported)
      throw new DomainError('NOT_FOUND', `There is no list ${name} that can be taken. Check the name.`, 'list');
    const asked = askedOf(schemas.schema, name, parameters);
    await directory.signedIn(asker);
    await requireRight(directory, asker, exported.right);
    // Nothing leaves before it is told that it does.
    const detail = JSON.stringify({ list: name, ...asked });
    await audit.surely(asker, { action: 'EXPORT_BEGAN', entity: exported.right.entity, detail });
    const stream = Readable.from(this.pages(name, asker, exported, columnsOf(schemas.schema, name), asked), {
      objectMode: false,
    });
    this.open.add(stream);
    stream.once('close', () => this.open.delete(stream));
    await once(stream, 'readable');
    stream.on('error', (err) => logger.error({ err, list: name, by: asker.id }, 'an export broke off'));
    return stream;
  }

  /** As GraphQL would answer it. */
  refusalOf(error: unknown): GraphQLFormattedError {
    const shown = error instanceof GraphQLError ? error : new GraphQLError('', { originalError: error as Error });
    return formatError(shown.toJSON(), shown, this.options.logger);
  }

  /** A process that stops waits for nobody: what was sent so far is not taken for the whole. */
  onModuleDestroy(): void {
    for (const stream of this.open) stream.destroy();
  }

  private async *pages(
    name: string,
    asker: Asker,
    { list, right, show }: Exported,
    columns: readonly Column[],
    asked: Asked,
  ): AsyncGenerator<string> {
    const { directory, store, audit, logger } = this.options;
    const read = (after: string | null): Promise<Rows> =>
      store.list({ ...asker, may: right }, list, { ...asked, first: PAGE, after }, { largest: PAGE });
    let rows = 0;
    let whole = false;
    try {
      for (let ahead: Promise<Rows> | null = read(null); ahead;) {
        const page: Rows = await ahead;
        // Asked for each page anew: who is signed out meanwhile, or may no more, gets no further.
        await directory.signedIn(asker);
        await requireRight(directory, asker, right);
        const hidden = placesOf(await directory.hiddenFrom(asker));
        // PostgreSQL reads the next page while this one is made text and goes its way.
        ahead = page.hasNextPage ? read(page.cursorAt(-1)) : null;
        ahead?.catch(() => {});
        const lines = linesOf(columns, page.rows.map(show), hidden);
        yield rows === 0 ? headOf(columns) + lines : lines;
        rows += page.rows.length;
      }
      whole = true;
    } finally {
      logger.info({ list: name, by: asker.id, rows, whole }, 'a list was taken');
      const detail = JSON.stringify({ list: name, whole });
      await audit
        .surely(asker, { action: 'EXPORTED', entity: right.entity, rows, detail })
        .catch((err: unknown) => logger.error({ err, list: name }, 'the end of an export is not in the audit'));
    }
  }
}
