import { createHash, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { isId, type Id } from '@voronka/contracts';
import { Database } from '@voronka/service-kit';

const SECRET_BYTES = 32;
/** How precisely it is known when a key was last used: to the minute, so that a busy key does not write all the time. */
const USE_MS = 60_000;

/** A key as a program shows it, taken apart. */
export interface ShownKey {
  readonly id: Id;
  readonly secret: Buffer;
}

/**
 * The secrets of API keys, and when they were last used, kept apart from the keys' records: neither is anything to announce.
 *
 * A secret is kept as its SHA-256. A slow hash as for passwords would gain nothing: it makes guesses dear where people
 * choose what can be guessed, while of 256 random bits nobody guesses one, and it would have to be paid for each second.
 */
@Injectable()
export class Secrets {
  constructor(private readonly database: Database) {}

  /** The secret of a new key, as it is shown this once. Call it in the transaction that makes the key. */
  async first(id: Id): Promise<string> {
    const secret = randomBytes(SECRET_BYTES);
    await this.database.query({
      name: 'api-key-secret:first',
      text: 'insert into api_key_secret (key_id, secret_hash) values ($1, $2)',
      values: [id, hashOf(secret)],
    });
    return `vrk_${id}_${secret.toString('base64url')}`;
  }

  async belongs({ id, secret }: ShownKey): Promise<boolean> {
    const { rowCount } = await this.database.query({
      name: 'api-key-secret:belongs',
      text: 'select 1 from api_key_secret where key_id = $1 and secret_hash = $2',
      values: [id, hashOf(secret)],
    });
    return rowCount === 1;
  }

  /** Keeps that a key is used now. */
  async used(id: Id, now: Date): Promise<void> {
    await this.database.query({
      name: 'api-key-secret:used',
      text: `update api_key_secret set last_used_at = $2
             where key_id = $1 and (last_used_at is null or last_used_at <= $3)`,
      values: [id, now, new Date(now.getTime() - USE_MS)],
    });
  }

  /** When each of these was last used; null for one that never was. */
  async lastUsed(ids: readonly Id[]): Promise<(Date | null)[]> {
    const { rows } = await this.database.query<{ id: Id; at: Date | null }>({
      name: 'api-key-secret:last-used',
      text: 'select key_id as id, last_used_at as at from api_key_secret where key_id = any($1::uuid[])',
      values: [ids],
    });
    const known = new Map(rows.map(({ id, at }) => [id, at]));
    return ids.map((id) => known.get(id) ?? null);
  }
}

/** A key as a program sent it; null for what cannot be one. */
export function readKey(text: string): ShownKey | null {
  const [, id = '', written = ''] = /^vrk_([0-9a-f-]{36})_([\w-]{43})$/.exec(text) ?? [];
  const secret = Buffer.from(written, 'base64url');
  return isId(id) && secret.toString('base64url') === written ? { id, secret } : null;
}

const hashOf = (secret: Buffer): Buffer => createHash('sha256').update(secret).digest();
