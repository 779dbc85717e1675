import { createPublicKey, type KeyObject } from 'node:crypto';
import { DomainError } from '@voronka/contracts';
import { jwtVerify, type JWTPayload } from 'jose';
import { LRUCache } from 'lru-cache';
import type { Asker } from '../graphql/context.js';

export const GATEWAY_ISSUER = 'voronka-gateway';
export const ANONYMOUS = 'anonymous';

/** A PEM as it may stand in a setting: whole, with `\n` for line ends, or in base64. */
export function pemOf(setting: string): string {
  const text = setting.includes('-----') ? setting : Buffer.from(setting, 'base64').toString();
  return text.replaceAll('\\n', '\n');
}

/**
 * Verifies the identity the gateway gives each call: an EdDSA token for this service alone, alive for a minute. A service
 * accepts nothing else. Verified tokens are remembered while they live, so a busy session is verified once.
 */
export class IdentityVerifier {
  private readonly key: KeyObject;
  private readonly verified = new LRUCache<string, { actor: Asker | null; until: number }>({ max: 10_000 });

  constructor(
    publicKey: string,
    private readonly service: string,
  ) {
    this.key = createPublicKey(pemOf(publicKey));
  }

  /** The actor, or null for someone who has not signed in. Refuses with `UNAUTHENTICATED`. */
  async verify(authorization: string | undefined): Promise<Asker | null> {
    const token = authorization?.startsWith('Bearer ') ? authorization.slice(7) : '';
    const known = this.verified.get(token);
    if (known && known.until > Date.now()) return known.actor;
    const { payload } = await jwtVerify(token, this.key, {
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
