import type { HTTPGraphQLRequest } from '@apollo/server';
import type { FastifyRequest } from 'fastify';
import { checkJson, RefusedBody } from '../door/body.js';

/** What a request asks, as far as it can be understood; what cannot be is left for Apollo to refuse. */
export interface Params {
  readonly query: string | null;
  readonly variables: Readonly<Record<string, unknown>>;
  /** The hash by which a document is named instead of written out. */
  readonly documentId: string | null;
}

export function paramsOf(request: FastifyRequest): Params {
  const given = request.method === 'GET' ? searchParams(request.url) : objectIn(request.body);
  return {
    query: typeof given['query'] === 'string' ? given['query'] : null,
    variables: objectIn(given['variables']),
    documentId: idIn(given),
  };
}

/** What a request asks, where it is a POST of a query, variables and the name of an operation, and of nothing else. */
export function plainOf({ method, body }: FastifyRequest, query: string | null) {
  if (method !== 'POST' || query === null) return null;
  const { variables: given, operationName: name, extensions } = objectIn(body);
  const variables = objectIn(given);
  const operationName = name ?? undefined;
  const named = operationName === undefined || typeof operationName === 'string';
  return named && extensions === undefined && (given ?? variables) === variables
    ? { query, variables, operationName }
    : null;
}

/** The query string of a URL, with its question mark; empty where there is none. */
export function searchOf(url: string): string {
  const at = url.indexOf('?');
  return at < 0 ? '' : url.slice(at);
}

/** The same request with the document written out. */
export function withQuery(request: HTTPGraphQLRequest, query: string): HTTPGraphQLRequest {
  const search = new URLSearchParams(request.search);
  for (const name of ['documentId', 'extensions']) search.delete(name);
  search.set('query', query);
  const { documentId: _, extensions: __, ...body } = objectIn(request.body);
  return request.method === 'GET' ? { ...request, search: `?${search}` } : { ...request, body: { ...body, query } };
}

/** `documentId` as GraphQL over HTTP names it, `sha256:` and the hash, or as Apollo's clients send it. */
function idIn(given: Readonly<Record<string, unknown>>): string | null {
  const { documentId } = given;
  if (typeof documentId === 'string') return documentId.replace(/^sha256:/, '');
  const hash = objectIn(objectIn(given['extensions'])['persistedQuery'])['sha256Hash'];
  return typeof hash === 'string' ? hash : null;
}

function searchParams(url: string): Record<string, unknown> {
  const search = new URLSearchParams(searchOf(url));
  const parsed = (name: string): unknown => {
    const json = search.get(name) ?? '';
    const refusal = checkJson(Buffer.from(json), 1);
    if (refusal) throw new RefusedBody(refusal);
    try {
      return JSON.parse(json);
    } catch {
      return null;
    }
  };
  return { ...Object.fromEntries(search), variables: parsed('variables'), extensions: parsed('extensions') };
}

const objectIn = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
