import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { SETTINGS } from '@voronka/service-kit';
import { z } from 'zod';

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** Of 32 bytes made by chance hardly ever fewer than 24 differ. */
const LEAST_DIFFERENT = 16;

const isKey = (setting: string): boolean => {
  const key = Buffer.from(setting, 'base64');
  return key.length === KEY_BYTES && new Set(key).size >= LEAST_DIFFERENT;
};
export const settings = {
  SECOND_FACTOR_KEY: z
    .string('give the key that second factors are encrypted with: 32 bytes made by chance, in base64')
    .refine(isKey, 'give 32 bytes made by chance, in base64, as openssl rand -base64 32 makes them')
    .meta({
      description:
        'Encrypts second factors: 32 bytes made by chance, in base64 (`openssl rand -base64 32`). Keep it as long as the database.',
      secret: true,
    }),
};

/** Keeps secrets that have to be read again: AES-256-GCM under the key of a setting, each bound to whose it is. */
@Injectable()
export class Seal {
  constructor(@Inject(SETTINGS) private readonly given: { SECOND_FACTOR_KEY?: string }) {}

  close(secret: string, of: string): Buffer {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.key, nonce).setAAD(Buffer.from(of));
    const text = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), text]);
  }

  /** Throws where it was closed under another key, or for somebody else. */
  open(sealed: Buffer, of: string): string {
    const textAt = NONCE_BYTES + TAG_BYTES;
    const options = { authTagLength: TAG_BYTES };
    const decipher = createDecipheriv('aes-256-gcm', this.key, sealed.subarray(0, NONCE_BYTES), options)
      .setAAD(Buffer.from(of))
      .setAuthTag(sealed.subarray(NONCE_BYTES, textAt));
    return Buffer.concat([decipher.update(sealed.subarray(textAt)), decipher.final()]).toString('utf8');
  }

  private get key(): Buffer {
    return Buffer.from(this.given.SECOND_FACTOR_KEY ?? '', 'base64');
  }
}
