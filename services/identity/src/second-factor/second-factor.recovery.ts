import { createHash } from 'node:crypto';
import { Secret } from 'otpauth';

const CODES = 10;
/** 80 bits, which nobody guesses, so that a fast hash of them is enough. */
const BYTES = 10;

/** Ten codes to be kept on paper, each good once: `ABCD-EFGH-IJKL-MNOP`. */
export const newRecoveryCodes = (): string[] =>
  Array.from({ length: CODES }, () => new Secret({ size: BYTES }).base32.match(/.{4}/g)!.join('-'));

/** A code as somebody typed it, without what he put between. */
export const plainCode = (typed: string): string => typed.replace(/[\s-]/g, '').toUpperCase();

export const hashOf = (code: string): Buffer => createHash('sha256').update(plainCode(code)).digest();
