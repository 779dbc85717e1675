import { DomainError } from '@voronka/contracts';
import { UnreadableMessage } from './envelope.js';

/**
 * What a failed handler means.
 * - `permanent`: no repeat can succeed. Parked at once, for an operator.
 * - `transient`: it may succeed. Tried again in place, then parked and tried again later.
 *
 * A database that is away is neither: its transaction is lost, nothing is parked, and the batch comes again.
 */
export type FailureKind = 'permanent' | 'transient';

/** An event that could not be applied, after so many attempts. */
export interface Failure {
  readonly error: unknown;
  readonly kind: FailureKind;
  readonly attempts: number;
}

// SQLSTATE class 22: a value that a column cannot hold.
const permanentStates = /^22/;
// Refusals that another event, still on its way on another topic, may turn into consent.
const hopefulCodes = /NOT_FOUND$|^UNAVAILABLE$|^INTERNAL$|^CONFLICT$/;

export function kindOf(error: unknown): FailureKind {
  if (error instanceof UnreadableMessage) return 'permanent';
  if (error instanceof DomainError) return hopefulCodes.test(error.code) ? 'transient' : 'permanent';
  return permanentStates.test(codeOf(error)) ? 'permanent' : 'transient';
}

/** A short name for an error: a refusal's code, an SQLSTATE, or the class. */
export function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return 'UNKNOWN';
  const { code, name } = error as { code?: unknown; name?: unknown };
  if (typeof code === 'string') return code;
  return typeof name === 'string' ? name : 'UNKNOWN';
}

/** What went wrong, in at most 2,000 characters. */
export const sentenceOf = (error: unknown): string =>
  storable(error instanceof Error ? error.message : (JSON.stringify(error) ?? 'unknown')).slice(0, 2000);

/** PostgreSQL's text cannot hold the character NUL, which other producers may send. */
export const storable = (text: string): string => text.replaceAll('\u0000', '\ufffd');

/** Attempts after which even what may succeed waits for an operator: about an hour. */
export const MAX_ATTEMPTS = 20;

export const statusOf = ({ kind, attempts }: Failure): 'failed' | 'retrying' =>
  kind === 'permanent' || attempts >= MAX_ATTEMPTS ? 'failed' : 'retrying';

/** Seconds until the next attempt after so many, the three in place among them: 1, 2, 4 … at most five minutes. */
export const retryAfter = (attempts: number): number => Math.min(300, 2 ** Math.max(0, attempts - 3));
