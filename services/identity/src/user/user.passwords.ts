import { randomBytes } from 'node:crypto';
import { hash, verify } from '@node-rs/argon2';
import { Injectable } from '@nestjs/common';
import { DomainError } from '@voronka/contracts';
import { ZxcvbnFactory } from '@zxcvbn-ts/core';
import { adjacencyGraphs, dictionary } from '@zxcvbn-ts/language-common';
import { z } from 'zod';

const LEAST = 12;
const MOST = 200;
/** What fewer guesses than this would find is refused: listed passwords, also turned and with digits, rows of keys, repetitions. */
const LEAST_GUESSES = 1e8;
/** What keeps a look at one, whatever it holds, to some 10 ms: the characters looked at, and the ways to turn letters that are tried. */
const LOOKED_AT = 32;
const guesser = new ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs, l33tMaxSubstitutions: 8 });

/**
 * A password to be chosen: 12 to 200 characters of any kind. Refuses with `PASSWORD_TOO_SHORT`, `TEXT_TOO_LONG`, and with
 * `PASSWORD_TOO_COMMON` what stands in lists of leaked and common passwords or is made of it by habit.
 */
export const password = z
  .string()
  .max(MOST, `This is too long. Use at most ${MOST} characters.`)
  .refine((s) => [...s].length >= LEAST, {
    error: `This is too short. Use at least ${LEAST} characters; a few words in a row are easy to keep in mind.`,
    params: { code: 'PASSWORD_TOO_SHORT' },
  })
  .refine((s) => guesser.check(s.slice(0, LOOKED_AT)).guesses >= LEAST_GUESSES, {
    error: 'Others choose this too, so it is guessed first. Take a few words that have nothing to do with each other.',
    params: { code: 'PASSWORD_TOO_COMMON' },
  });
/** A password that was typed in: whatever its form, it is right or wrong. Refuses with `TEXT_TOO_LONG`. */
export const typedPassword = z.string().max(MOST, `No password here has more than ${MOST} characters.`);

/**
 * Refuses with `PASSWORD_NAMES_ITS_PERSON` a password that holds a word of its person's name or mail, of four letters or
 * more: those are tried first where somebody in particular is guessed at.
 */
export function requireImpersonal(plain: string, person: { name: string; email: string }, field: string): void {
  const [mailbox = ''] = person.email.split('@');
  const words = `${person.name} ${mailbox}`.split(/[^\p{L}\p{N}]+/u).filter((word) => [...word].length >= 4);
  const folded = (text: string) => canonical(text).toLowerCase();
  if (words.some((word) => folded(plain).includes(folded(word))))
    throw new DomainError(
      'PASSWORD_NAMES_ITS_PERSON',
      'This holds a part of the name or mail of its person. Leave those out.',
      field,
    );
}

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
