import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { SettingError } from '@voronka/service-kit/process';
import type { DocumentNode } from 'graphql';
import { parse, print } from 'graphql';
import { z } from 'zod';
import type { Refusal } from '../graph/refusal.js';
import { refuse } from '../graph/refusal.js';

/** The format that Apollo's clients and tools share; `npm run documents` writes it. */
const manifest = z.object({
  format: z.literal('apollo-persisted-query-manifest'),
  version: z.literal(1),
  operations: z.array(z.object({ id: z.string().min(1), body: z.string().min(1) })),
});

/** The documents that our own clients were built with, and the only ones that are answered. */
export class TrustedDocuments {
  private readonly byId = new Map<string, string>();
  private readonly printed = new Set<string>();

  constructor(operations: readonly { readonly id: string; readonly body: string }[]) {
    for (const { id, body } of operations) {
      this.byId.set(id, body);
      this.printed.add(print(parse(body)));
    }
  }

  /** Reads a manifest; throws `SettingError`. */
  static in(path: string, setting: string): TrustedDocuments {
    try {
      return new TrustedDocuments(manifest.parse(JSON.parse(readFileSync(path, 'utf8'))).operations);
    } catch (error) {
      const reason = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message;
      throw new SettingError(
        `${setting} names ${path}, which is no manifest of documents (${reason}): make one with npm run documents.`,
      );
    }
  }

  /** The text of a document that a client names by its hash. */
  textOf(id: string): string | undefined {
    return this.byId.get(id);
  }

  /** Null for a trusted document, however it is spaced. */
  check(document: DocumentNode): Refusal | null {
    return this.printed.has(print(document)) ? null : notTrusted;
  }
}

export const notTrusted = refuse('DOCUMENT_NOT_TRUSTED', 'This gateway answers only the documents it was given.', {
  hint: 'Send a document of your client’s release, or its SHA-256; an operator adds documents to the manifest.',
});

/** The id under which a document is found: the SHA-256 of its text, in hexadecimal. */
export const documentId = (text: string): string => createHash('sha256').update(text).digest('hex');
