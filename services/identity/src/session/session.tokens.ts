import { createHash, randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { Id } from '@voronka/contracts';
import { Database, holdsKeys, Keys, SETTINGS, type Client } from '@voronka/service-kit';
import { SignJWT } from 'jose';
import { parse, stringify } from 'uuid';
import { z } from 'zod';

const ISSUER = 'voronka-identity';
const ACCESS_MINUTES = 15;
const ID_BYTES = 16;
const SECRET_BYTES = 32;

/** Settings of the identity service beside those of every service. */
export const settings = {
  ACCESS_PRIVATE_KEY: z
    .string('give the private key (Ed25519, PEM) that signs access tokens')
    .refine(holdsKeys('private'), 'give an Ed25519 private key as PEM')
    .meta({ description: 'Signs access tokens: Ed25519, as `INTERNAL_PUBLIC_KEY`.', secret: true }),
};

/** A refresh token taken apart: whose it is, the secret all tokens of its session share, and its own. */
export interface RefreshToken {
  readonly sessionId: Id;
  readonly family: Buffer;
  readonly secret: Buffer;
}

/** When a session was last used, which is told by its refresh token, so to a quarter of an hour; and from where, with what. */
export interface Use extends Client {
  readonly lastUsedAt: Date | null;
}
const unused: Use = { lastUsedAt: null, address: null, userAgent: null };

/**
 * The tokens of a session. An access token is a JWT that the gateway verifies. A refresh token is opaque, works once,
 * and is kept as hashes alone, apart from the session's record: a secret is nothing to announce.
 *
 * All refresh tokens of a session share one random secret, the family, so that a token that was used before is told from
 * one that was made up: only who once held a token of the session can end the session by using an old one again.
 */
@Injectable()
export class Tokens {
  private keys: Keys | undefined;

  constructor(
    @Inject(SETTINGS) private readonly given: { ACCESS_PRIVATE_KEY?: string },
    private readonly database: Database,
  ) {}

  /** Signs who it is for 15 minutes, or until `endsAt` where that is sooner. */
  async access(userId: Id, sessionId: Id, now: Date, endsAt: Date): Promise<{ accessToken: string; expiresAt: Date }> {
    this.keys ??= Keys.of('ACCESS_PRIVATE_KEY', this.given.ACCESS_PRIVATE_KEY ?? '', 'private');
    const expiresAt = new Date(Math.min(now.getTime() + ACCESS_MINUTES * 60_000, endsAt.getTime()));
    const accessToken = await new SignJWT({ sid: sessionId })
      .setProtectedHeader({ alg: 'EdDSA' })
      .setIssuer(ISSUER)
      .setSubject(userId)
      .setIssuedAt(now)
      .setExpirationTime(expiresAt)
      .sign(this.keys.first);
    return { accessToken, expiresAt };
  }

  /** The first refresh token of a session; call it in the transaction that makes the session. */
  async first(sessionId: Id, { address, userAgent }: Client, now: Date): Promise<string> {
    const token = { sessionId, family: randomBytes(SECRET_BYTES), secret: randomBytes(SECRET_BYTES) };
    await this.database.query({
      name: 'refresh-token:first',
      text: `insert into refresh_token (session_id, family_hash, token_hash, last_used_at, address, user_agent)
             values ($1, $2, $3, $4, $5, $6)`,
      values: [sessionId, hashOf(token.family), hashOf(token.secret), now, address, userAgent],
    });
    return written(token);
  }

  /** Takes a token and gives the next one; of two who come with the same token one gets it. Null where it is not the present one. */
  async rotate(
    { sessionId, family, secret }: RefreshToken,
    { address, userAgent }: Client,
    now: Date,
  ): Promise<string | null> {
    const next = { sessionId, family, secret: randomBytes(SECRET_BYTES) };
    const { rowCount } = await this.database.query({
      name: 'refresh-token:rotate',
      text: `update refresh_token set token_hash = $4, last_used_at = $5, address = $6, user_agent = $7
             where session_id = $1 and family_hash = $2 and token_hash = $3`,
      values: [sessionId, hashOf(family), hashOf(secret), hashOf(next.secret), now, address, userAgent],
    });
    return rowCount === 1 ? written(next) : null;
  }

  /** How each of these sessions was last used. */
  async uses(sessionIds: readonly Id[]): Promise<Use[]> {
    const { rows } = await this.database.query<Use & { id: Id }>({
      name: 'refresh-token:uses',
      text: `select session_id as id, last_used_at as "lastUsedAt", address, user_agent as "userAgent"
             from refresh_token where session_id = any($1::uuid[])`,
      values: [sessionIds],
    });
    const known = new Map(rows.map((row) => [row.id, row]));
    return sessionIds.map((id) => known.get(id) ?? unused);
  }

  /** Addresses from which somebody was signed in, in sessions that began after `since`. */
  async addressesOf(userId: Id | null, since: Date): Promise<string[]> {
    const { rows } = await this.database.query<{ address: string }>({
      name: 'refresh-token:addresses',
      text: `select distinct t.address from session s join refresh_token t on t.session_id = s.id
             where s.user_id = $1 and s.created_at > $2 and t.address is not null`,
      values: [userId, since],
    });
    return rows.map(({ address }) => address);
  }

  /** Whether the token was ever one of a session of this person, ended or not. */
  async wasOf(userId: Id | null, { sessionId, family }: RefreshToken): Promise<boolean> {
    const { rowCount } = await this.database.query({
      name: 'refresh-token:was-of',
      text: `select 1 from session s join refresh_token t on t.session_id = s.id
             where s.id = $1 and s.user_id = $2 and t.family_hash = $3`,
      values: [sessionId, userId, hashOf(family)],
    });
    return rowCount === 1;
  }

  /** Whether the token was ever one of its session. */
  async belongs({ sessionId, family }: RefreshToken): Promise<boolean> {
    const { rowCount } = await this.database.query({
      name: 'refresh-token:belongs',
      text: 'select 1 from refresh_token where session_id = $1 and family_hash = $2',
      values: [sessionId, hashOf(family)],
    });
    return rowCount === 1;
  }
}

/** A refresh token as its holder sent it; null for what cannot be one. */
export function readRefreshToken(text: string): RefreshToken | null {
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.length !== ID_BYTES + 2 * SECRET_BYTES || bytes.toString('base64url') !== text) return null;
  const secretAt = ID_BYTES + SECRET_BYTES;
  try {
    const sessionId = stringify(bytes.subarray(0, ID_BYTES));
    return { sessionId, family: bytes.subarray(ID_BYTES, secretAt), secret: bytes.subarray(secretAt) };
  } catch {
    return null;
  }
}

const written = ({ sessionId, family, secret }: RefreshToken): string =>
  Buffer.concat([parse(sessionId), family, secret]).toString('base64url');
const hashOf = (secret: Buffer): Buffer => createHash('sha256').update(secret).digest();
