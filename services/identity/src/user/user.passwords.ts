import { randomBytes } from 'node:crypto';
import { hash, verify } from '@node-rs/argon2';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';

const LEAST = 12;
const MOST = 200;

/** A password to be chosen: 12 to 200 characters of any kind. Refuses with `PASSWORD_TOO_SHORT` and `TEXT_TOO_LONG`. */
export const password = z
  .string()
  .max(MOST, `This is too long. Use at most ${MOST} characters.`)
  .refine((s) => [...s].length >= LEAST, {
    error: `This is too short. Use at least ${LEAST} characters; a few words in a row are easy to keep in mind.`,
    params: { code: 'PASSWORD_TOO_SHORT' },
  });
/** A password that was typed in: whatever its form, it is right or wrong. Refuses with `TEXT_TOO_LONG`. */
export const typedPassword = z.string().max(MOST, `No password here has more than ${MOST} characters.`);

/** OWASP's parameters for Argon2id, which is this library's algorithm unless told: 19 MiB, 2 passes, 1 lane. About 30 ms. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
/** The same characters may be typed as different code points on another keyboard. */
const canonical = (typed: string) => typed.normalize('NFKC');

/** Hashes and verifies passwords, off the main thread. */
@Injectable()
export class Passwords {
  private readonly nobodys = this.hash(randomBytes(24).toString('base64url'));

  hash(plain: string): Promise<string> {
    return hash(canonical(plain), COST);
  }

  /** Whether it is the password; without a hash never, but in the same time. */
  async verify(passwordHash: string | null, plain: string): Promise<boolean> {
    const right = await verify(passwordHash ?? (await this.nobodys), canonical(plain));
    return right && passwordHash !== null;
  }
}
