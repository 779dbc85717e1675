import { importPKCS8, SignJWT } from 'jose';
import type { Keys } from '../../../deploy/local/dist/keys.js';
import type { ServiceName } from '../../../deploy/local/dist/services.js';

/** What the gateway would tell a service of who asks, signed with its key; `life` as jose writes it, `claims` such as his session. */
export async function internalToken(
  keys: Keys,
  service: ServiceName,
  actor: string,
  { life, claims = {} }: { life: string; claims?: Record<string, string> },
): Promise<string> {
  // Here alone: it loads all that a service stands on.
  const { GATEWAY_ISSUER } = await import('@voronka/service-kit');
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'EdDSA' })
    .setIssuer(GATEWAY_ISSUER)
    .setAudience(service)
    .setSubject(actor)
    .setIssuedAt()
    .setExpirationTime(life)
    .sign(await importPKCS8(keys.internal.privateKey, 'EdDSA'));
}
