import type { IncomingHttpHeaders } from 'node:http';
import { DomainError, type GuardedField } from '@voronka/contracts';
import { context } from '@voronka/messaging';
import { GraphQLError } from 'graphql';
import type { IdentityVerifier } from '../access/identity.js';
import type { Directory } from '../directory/directory.js';
import { askerOf, type RequestContext } from '../graphql/context.js';
import { newId } from '../store/store.js';
import { loggerFor, type Logger } from './logger.js';

/** What the gateway says of one operation beside its document, under the names of HTTP headers. */
export type Headers = Pick<IncomingHttpHeaders, 'authorization' | 'user-agent'> &
  Readonly<Record<string, string | string[] | undefined>>;

/** What resolvers find in their context. Refuses with `UNAUTHENTICATED` what the gateway has not signed. */
export async function contextOf(
  headers: Headers,
  identities: IdentityVerifier,
  directory: Directory,
): Promise<RequestContext> {
  const correlationId = header(headers, 'x-correlation-id') ?? newId();
  const actor = await identities.verify(headers.authorization).catch((error: unknown) => {
    if (!(error instanceof DomainError)) throw error;
    throw new GraphQLError(error.message, {
      originalError: error,
      extensions: { code: error.code, http: { status: 401 } },
    });
  });
  let hidden: ReadonlySet<GuardedField> | Promise<ReadonlySet<GuardedField>> | undefined;
  return {
    actor,
    client: { address: header(headers, 'x-client-address'), userAgent: header(headers, 'user-agent', 300) },
    correlationId,
    loaders: new Map(),
    // Nest hands resolvers a copy, on which a sign-in sets the actor.
    async user(this: RequestContext) {
      return directory.signedIn(askerOf(this));
    },
    hidden(this: RequestContext) {
      return (hidden ??= directory.hiddenFrom(askerOf(this)).then((known) => (hidden = known)));
    },
  };
}

/** A log each line of which names the call or the event it came about in, and who acts. */
export const callLogger = (name: string, level: string): Logger =>
  loggerFor(name, level, {
    about: () => {
      const { correlationId, actor } = context.current() ?? {};
      return { correlationId, actor };
    },
  });

/** Runs a call in the context its events will carry: who acts, and what they belong together with. */
export async function inCallContext<T>(headers: Headers, identities: IdentityVerifier, work: () => T): Promise<T> {
  const actor = await identities.verify(headers.authorization).catch(() => null);
  return context.run(
    {
      correlationId: header(headers, 'x-correlation-id') ?? newId(),
      causationId: null,
      traceparent: header(headers, 'traceparent'),
      actor: actor?.id ?? 'system',
    },
    work,
  );
}

const header = (headers: Headers, name: string, most = 100): string | null => {
  const value = headers[name];
  return typeof value === 'string' && value.length <= most ? value : null;
};
