import type { ApolloServerPlugin } from '@apollo/server';
import { DomainError } from '@voronka/contracts';
import type { GraphQLError } from 'graphql';
import type { RequestContext } from '../graphql/context.js';
import type { Audit } from './audit.js';

/** Takes down what was refused to whom, of each operation once. Costs nothing where all is answered. */
export const auditRefusals = (audit: Audit): ApolloServerPlugin<RequestContext> => ({
  requestDidStart: () =>
    Promise.resolve({
      didEncounterErrors: ({ errors, contextValue }) => noteRefusals(audit, errors, contextValue),
    }),
});

/** The same of one that Apollo Server does not execute. */
export async function noteRefusals(
  audit: Audit,
  errors: readonly GraphQLError[],
  { actor, client }: RequestContext,
): Promise<void> {
  const seen = new Set<string>();
  for (const { originalError, path } of errors) {
    const operation = String(path?.[0] ?? '');
    if (!(originalError instanceof DomainError) || seen.has(`${operation} ${originalError.code}`)) continue;
    seen.add(`${operation} ${originalError.code}`);
    await audit.refused(actor, originalError, operation, client.address);
  }
}
