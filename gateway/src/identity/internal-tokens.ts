import type { Keys } from '@voronka/service-kit/process';
import { SignJWT } from 'jose';
import { LRUCache } from 'lru-cache';
import type { Asker } from './asker.js';

/**
 * Signs who is asking for one service at a time: a token for leads is worthless at deals. A token lives 60 s and is
 * signed anew after 30 s, so that the one a service gets has at least half its life before it.
 */
export class InternalTokens {
  private readonly signed = new LRUCache<string, Promise<string>>({ max: 50_000, ttl: 30_000 });

  constructor(private readonly keys: Keys) {
    keys.onChange(() => this.signed.clear());
  }

  sign(asker: Asker, audience: string): Promise<string> {
    const signing = this.keys.first;
    const key = JSON.stringify([audience, asker.userId, asker.claims]);
    const known = this.signed.get(key);
    if (known) return known;
    const token = new SignJWT(asker.claims)
      .setProtectedHeader({ alg: 'EdDSA' })
      .setIssuer('voronka-gateway')
      .setAudience(audience)
      .setSubject(asker.userId)
      .setIssuedAt()
      .setExpirationTime('60s')
      .sign(signing);
    token.catch(() => this.signed.delete(key));
    this.signed.set(key, token);
    return token;
  }
}
