import type { KeyObject } from 'node:crypto';
import { verifiedBy, type Keys } from '@voronka/service-kit/process';
import { errors } from 'jose';
import { LRUCache } from 'lru-cache';
import { refuse } from '../graph/refusal.js';
import type { Refusal } from '../graph/refusal.js';
import type { Asker } from './asker.js';
import { anonymous } from './asker.js';

const ISSUER = 'voronka-identity';
const SIGN_IN =
  'Sign in with signIn, or send your refresh token to refreshSession; leave the authorization header off there.';

/** Verifies the access tokens that identity gives at sign-in. A verified token is remembered until it expires. */
export class AccessTokens {
  private readonly verified = new LRUCache<string, Asker>({ max: 20_000 });

  constructor(private readonly keys: Keys) {
    // What a key has signed that counts no more is not remembered.
    keys.onChange(() => this.verified.clear());
  }

  /** The asker that an `authorization` header names; a refusal when the header is there and proves nobody. */
  async read(header: string | undefined): Promise<Asker | Refusal> {
    if (header === undefined) return anonymous;
    const token = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(header)?.[1];
    if (!token) {
      return refuse(
        'UNAUTHENTICATED',
        'The authorization header must be “Bearer”, a space and an access token or API key.',
        {
          hint: SIGN_IN,
        },
      );
    }
    const keys = this.keys.all;
    return this.verified.get(token) ?? this.verify(token, keys);
  }

  private async verify(token: string, keys: readonly KeyObject[]): Promise<Asker | Refusal> {
    try {
      const payload = await verifiedBy(keys, token, {
        algorithms: ['EdDSA'],
        issuer: ISSUER,
        requiredClaims: ['exp', 'sub', 'sid'],
      });
      const asker = { userId: String(payload.sub), claims: { sid: String(payload.sid) } };
      const ttl = payload.exp! * 1000 - Date.now();
      if (ttl > 0) this.verified.set(token, asker, { ttl });
      return asker;
    } catch (error) {
      if (error instanceof errors.JWTExpired) {
        return refuse('UNAUTHENTICATED', 'Your access token has expired.', { hint: SIGN_IN });
      }
      if (error instanceof errors.JOSEError) {
        return refuse('UNAUTHENTICATED', 'This access token is not valid here.', { hint: SIGN_IN });
      }
      throw error;
    }
  }
}
