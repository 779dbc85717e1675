import { createPublicKey } from 'node:crypto';
import { pemOf } from '../access/keys.js';
import { environment, SettingError } from './settings.js';

export const isLoopback = (host: string): boolean => /^(127\.|localhost$|\[?::1\]?$)/.test(host);

/** Ed25519 public keys whose private halves stand in print: RFC 8032 (7.1, tests 1 to 3; also in RFC 8037), RFC 8410, and the seed of zeros. */
const printedKeys = new Set([
  '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
  'PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw',
  '_FHNjmIYoaONpH7QAjDwWAgW7RO6MwOsXeuRFUiQgCU',
  'Gb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE',
  'O2onvM62pC1io6jQKm8Nc2UyFXcd4kOmOsBIoYtZ2ik',
]);
const defaultWords =
  /^(post(gres)+(ql)?|pass(word|wort)?|change(me|it)|secret|voronka|admin(istrator)?|root|user|test|demo|example|default|qwerty|letmein|welcome)*$/;
const LEAST_LENGTH = 12;
const LEAST_DIFFERENT = 6;

/**
 * Throws `SettingError` where a process that listens beyond loopback was given a secret that others know or can guess: a
 * database password that is missing, short or a default, a key that stands in print, one pair of keys for two purposes.
 * `settings` are the values by name: `HOST` decides, `…_KEY` are keys, and addresses of PostgreSQL are looked into.
 */
export function refuseWeakSecrets(settings: Readonly<Record<string, unknown>>, given = environment): void {
  if (isLoopback(String(settings['HOST']))) return;
  const keys = new Map<string, string>();
  for (const [name, value] of Object.entries(settings)) {
    if (typeof value !== 'string') continue;
    if (/^postgres(ql)?:\/\//.test(value)) refusePassword(name, value, given);
    if (!name.endsWith('_KEY')) continue;
    const key = publicHalf(value);
    if (key === null) continue;
    if (printedKeys.has(key)) throw new SettingError(`${name} is a key that stands in print: make one of your own.`);
    const other = keys.get(key);
    if (other) throw new SettingError(`${name} is of the same pair as ${other}: make a pair of its own for each.`);
    keys.set(key, name);
  }
}

function refusePassword(setting: string, address: string, { PGPASSWORD }: NodeJS.ProcessEnv): void {
  if (!URL.canParse(address)) return;
  const { hostname, searchParams, username, pathname, password: own } = new URL(address);
  const socket = hostname === '' || hostname.startsWith('%2F') || searchParams.get('host')?.startsWith('/');
  if (own === '' && (socket || searchParams.has('sslcert'))) return;
  const password = decodeURIComponent(own) || PGPASSWORD || '';
  const mend = `give one of at least ${LEAST_LENGTH} characters, made by chance, for this process listens beyond loopback`;
  if (password === '') throw new SettingError(`${setting} has no password: ${mend}.`);
  const letters = password.toLowerCase().replace(/[^a-z]/g, '');
  const known = letters !== '' && (defaultWords.test(letters) || [username, pathname.slice(1)].includes(password));
  const guessed = password.length < LEAST_LENGTH || new Set(password).size < LEAST_DIFFERENT || known;
  if (guessed) throw new SettingError(`${setting} has a password that can be guessed: ${mend}.`);
}

/** The public half of an Ed25519 key, of whichever half is given; null for what is none, which others refuse. */
function publicHalf(setting: string): string | null {
  try {
    return createPublicKey(pemOf(setting)).export({ format: 'jwk' }).x ?? null;
  } catch {
    return null;
  }
}
