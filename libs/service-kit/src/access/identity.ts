import { DomainError } from '@voronka/contracts';
import type { JWTPayload } from 'jose';
import { LRUCache } from 'lru-cache';
import type { Asker } from '../graphql/context.js';
import { verifiedBy, type Keys } from './keys.js';

export const GATEWAY_ISSUER = 'voronka-gateway';
export const ANONYMOUS = 'anonymous';

/**
 * Verifies the identity the gateway gives each call: an EdDSA token for this service alone, alive for a minute. A service
 * accepts nothing else. Verified tokens are remembered while they live, so a busy session is verified once.
 */
export class IdentityVerifier {
  private readonly verified = new LRUCache<string, { actor: Asker | null; until: number }>({ max: 10_000 });

  constructor(
    private readonly keys: Keys,
    private readonly service: string,
  ) {
    // What a key has signed that counts no more is not remembered.
    keys.onChange(() => this.verified.clear());
  }

  /** The actor, or null for someone who has not signed in. Refuses with `UNAUTHENTICATED`. */
  async verify(authorization: string | undefined): Promise<Asker | null> {
    const token = authorization?.startsWith('Bearer ') ? authorization.slice(7) : '';
    const keys = this.keys.all;
    const known = this.verified.get(token);
    if (known && known.until > Date.now()) return known.actor;
    const payload = await verifiedBy(keys, token, {
      issuer: GATEWAY_ISSUER,
      audience: this.service,
      algorithms: ['EdDSA'],
      requiredClaims: ['sub', 'exp'],
    }).catch(() => {
      throw new DomainError('UNAUTHENTICATED', 'This service answers the gateway only. Ask through the gateway.');
    });
    const { sub = ANONYMOUS, exp = 0 } = payload;
    const actor = sub === ANONYMOUS ? null : { id: sub, ...meansIn(payload) };
    this.verified.set(token, { actor, until: exp * 1_000 });
    return actor;
  }
}

/** By what he asks: a session, or a key and its role. A key without a role is none: its bound must not get lost. */
function meansIn({ sid, key, role }: JWTPayload): Pick<Asker, 'sessionId' | 'key'> {
  if (key === undefined) return typeof sid === 'string' ? { sessionId: sid } : {};
  return { key: { id: String(key), roleId: String(role) } };
}
