import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { jwtVerify, type JWTPayload, type JWTVerifyOptions } from 'jose';
import { environment, fileOf } from '../service/settings.js';

/** Milliseconds within which a file that has changed is noticed. */
const NOTICED = 2_000;

/** A PEM as it may stand in a setting: whole, with `\n` for line ends, or in base64. */
export function pemOf(setting: string): string {
  const text = setting.includes('-----') ? setting : Buffer.from(setting, 'base64').toString();
  return text.replaceAll('\\n', '\n');
}

/** The Ed25519 keys of a setting, which may hold several, one after the other. Throws where it holds another thing. */
export function keysIn(setting: string, half: 'public' | 'private'): KeyObject[] {
  const blocks = pemOf(setting).match(/-----BEGIN [^-]+-----[^-]+-----END [^-]+-----/g) ?? [];
  const keys = blocks.map((pem) => (half === 'public' ? createPublicKey(pem) : createPrivateKey(pem)));
  if (keys.length === 0 || keys.some(({ asymmetricKeyType }) => asymmetricKeyType !== 'ed25519'))
    throw new Error('These are not Ed25519 keys');
  return keys;
}

/** Whether a setting holds Ed25519 keys of this half. What crypto says of one that it cannot read may quote it. */
export const holdsKeys = (half: 'public' | 'private') => (text: string) => {
  try {
    return keysIn(text, half).length > 0;
  } catch {
    return false;
  }
};

/**
 * Ed25519 keys that can be changed while a process runs: they follow the file that holds them, within two seconds. What
 * the file cannot be read as leaves the keys as they were. To go over to another pair: add its public half to the file of
 * who verifies, put its private half in the place of the one that signs, and take the old public half out once nothing
 * lives that it signed.
 */
export class Keys {
  private readAt: number;
  private readonly forgetting: (() => void)[] = [];

  private constructor(
    private keys: readonly KeyObject[],
    private text: string,
    private readonly half: 'public' | 'private',
    private readonly file: string | undefined,
    private readonly now: () => number,
  ) {
    this.readAt = now();
  }

  /** Of a setting, and of the file that `<NAME>_FILE` names, if it came from one. Throws where it holds no such keys. */
  static of(
    name: string,
    value: string,
    half: 'public' | 'private',
    { given = environment, now = () => performance.now() } = {},
  ): Keys {
    return new Keys(keysIn(value, half), value, half, fileOf(name, given), now);
  }

  /** Has what was made with the keys forgotten once others count. It is noticed when they are next asked for. */
  onChange(forget: () => void): void {
    this.forgetting.push(forget);
  }

  /** Those that count now. */
  get all(): readonly KeyObject[] {
    this.follow();
    return this.keys;
  }

  /** The one that signs. */
  get first(): KeyObject {
    return this.all[0]!;
  }

  private follow(): void {
    if (this.file === undefined || this.now() - this.readAt < NOTICED) return;
    this.readAt = this.now();
    try {
      const text = readFileSync(this.file, 'utf8').trim();
      if (text === this.text) return;
      this.keys = keysIn(text, this.half);
      this.text = text;
      this.forgetting.forEach((forget) => forget());
    } catch {
      // It may be about to be written. What was read before counts until then.
    }
  }
}

/** What a token says that one of the keys has signed; rejects as jose does, by the last of them. */
export async function verifiedBy(
  keys: readonly KeyObject[],
  token: string,
  options: JWTVerifyOptions,
): Promise<JWTPayload> {
  const [key, ...others] = keys;
  if (!key) throw new Error('There is no key');
  try {
    return (await jwtVerify(token, key, options)).payload;
  } catch (error) {
    if (others.length === 0 || (error as { code?: string }).code !== 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED')
      throw error;
    return verifiedBy(others, token, options);
  }
}
