import { createHash } from 'node:crypto';
import { DomainError } from '@voronka/contracts';
import { z } from 'zod';

/** A key of the order in force. */
export interface OrderKey {
  readonly field: string;
  readonly direction: 'ASC' | 'DESC';
}

const Payload = z.tuple([z.string(), z.array(z.union([z.string(), z.number(), z.boolean(), z.null()])).max(8)]);
type CursorValue = string | number | boolean | null;

const orderName = (keys: readonly OrderKey[]) => keys.map((k) => `${k.field}:${k.direction}`).join(',');
const checksum = (body: string) =>
  createHash('sha256').update(`voronka cursor ${body}`).digest('base64url').slice(0, 8);

/** The position of a row under an order, opaque to clients. It tells a damaged cursor and one of another order. */
export function cursorOf(keys: readonly OrderKey[], row: object): string {
  const values = keys.map((k) => (row as Record<string, unknown>)[k.field] ?? null);
  const body = Buffer.from(JSON.stringify([orderName(keys), values])).toString('base64url');
  return `${body}.${checksum(body)}`;
}

/** The values of a cursor, one for each key. Refuses with `INVALID_CURSOR`. */
export function positionOf(keys: readonly OrderKey[], cursor: string, field: string): CursorValue[] {
  const refuse = (why: string) =>
    new DomainError('INVALID_CURSOR', `${why} Take the cursor from pageInfo of the same list, unchanged.`, field);
  const [body = '', sum] = cursor.slice(0, 4_000).split('.');
  if (sum !== checksum(body)) throw refuse('This is not a cursor.');
  const parsed = Payload.safeParse(JSON.parse(Buffer.from(body, 'base64url').toString()));
  if (!parsed.success) throw refuse('This is not a cursor.');
  const [order, values] = parsed.data;
  if (order !== orderName(keys) || values.length !== keys.length) throw refuse('This cursor belongs to another order.');
  return values;
}
