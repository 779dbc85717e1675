import { Secret, TOTP } from 'otpauth';

/** The app's clock and ours may be this many steps of 30 seconds apart. */
const STEPS_APART = 1;

export const newSecret = (): string => new Secret({ size: 20 }).base32;

/** What an authenticator app takes in, as a QR code mostly: RFC 6238 as all apps know it, six digits every 30 seconds. */
export const uriOf = (secret: string, email: string): string => totpOf(secret, email).toString();

/** The step of time whose code this is, by which it is known when it comes again; null where it is no code of now. */
export function stepOf(secret: string, code: string, now: Date): number | null {
  const totp = totpOf(secret);
  const timestamp = now.getTime();
  const delta = totp.validate({ token: code, timestamp, window: STEPS_APART });
  return delta === null ? null : totp.counter({ timestamp }) + delta;
}

const totpOf = (secret: string, label = '') =>
  new TOTP({ issuer: 'Voronka', label, secret: Secret.fromBase32(secret) });
