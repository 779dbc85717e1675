import { LRUCache } from 'lru-cache';
import type { Refusal } from '../graph/refusal.js';
import { refusalOf } from '../graph/refusal.js';
import type { Service } from '../services/service.js';
import type { Asker } from './asker.js';
import { anonymous } from './asker.js';

/** What is known of a key is asked again after this, so that a revoked one lasts less than a second. */
const REUSE_MS = 750;
const BEARER = `query ApiKeyBearer($key: String!, $address: String!) {
  apiKeyBearer(key: $key, address: $address) { keyId ownerId roleId }
}`;

/** The API key that an `authorization` header carries; null where it carries something else. */
export const apiKeyIn = (header = ''): string | null =>
  /^Bearer (vrk_[0-9a-f-]{36}_[\w-]{43})$/i.exec(header)?.[1] ?? null;

/** Asks identity whose an API key is. Whoever shows the same one from the same address in between shares the answer. */
export class ApiKeys {
  private readonly known = new LRUCache<string, Promise<Asker | Refusal>>({ max: 10_000, ttl: REUSE_MS });

  constructor(
    private readonly identity: Service,
    private readonly timeoutMs: number,
  ) {}

  /** The owner, bounded by the key; a refusal where the key lets nobody in from this address, or identity is away. */
  read(key: string, address: string, correlationId: string): Promise<Asker | Refusal> {
    const shown = `${key} ${address}`;
    const known = this.known.get(shown);
    if (known) return known;
    const asked = this.ask({ key, address }, correlationId);
    this.known.set(shown, asked);
    asked.catch(() => this.known.delete(shown));
    return asked;
  }

  private async ask(variables: Record<string, string>, correlationId: string): Promise<Asker | Refusal> {
    const { data, errors } = await this.identity.ask(
      { query: BEARER, variables },
      {
        asker: anonymous,
        client: { address: variables['address'] ?? '', userAgent: null },
        correlationId,
        traceparent: null,
        deadline: Date.now() + this.timeoutMs,
        writes: false,
      },
    );
    const { keyId, ownerId, roleId } = (data?.['apiKeyBearer'] ?? {}) as Record<string, string | undefined>;
    if (keyId && ownerId && roleId) return { userId: ownerId, claims: { key: keyId, role: roleId } };
    return refusalOf(errors?.[0] ?? { message: 'Identity did not say whose the key is' });
  }
}
