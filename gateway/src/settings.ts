import type { KeyObject } from 'node:crypto';
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { z } from 'zod';

/** How the gateway is told where it listens, whom it trusts and where its services are. */
export interface Settings {
  readonly host: string;
  readonly port: number;
  readonly logLevel: string;
  /** Verifies access tokens. */
  readonly accessPublicKey: KeyObject;
  /** Signs internal tokens. */
  readonly internalPrivateKey: KeyObject;
  /** Whether strangers may ask for the schema. */
  readonly introspection: boolean;
  /** The longest a call to a service may take, in milliseconds. */
  readonly serviceTimeoutMs: number;
  /** The longest answer of a service, in bytes. */
  readonly serviceAnswerBytes: number;
  /** The longest request of a client, in bytes: an import of 500 rows fits. */
  readonly bodyBytes: number;
  /** The address of a service by its name in the supergraph. */
  readonly serviceUrl: (name: string) => URL;
}

/** A setting that is missing or wrong: one sentence that names it and the mend. */
export class SettingError extends Error {
  override readonly name = 'SettingError';
}

const LOOPBACK = /^(127\.|localhost$|::1$)/;
const switches = z.enum(['true', 'false']).transform((value) => value === 'true');
const count = (fallback: number, max: number) => z.coerce.number().int().min(1).max(max).default(fallback);

const shape = z.object({
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: z.coerce.number().int().min(0).max(65_535),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  ACCESS_PUBLIC_KEY: z.string().min(1),
  INTERNAL_PRIVATE_KEY: z.string().min(1),
  INTROSPECTION: switches.optional(),
  SERVICE_TIMEOUT_MS: count(10_000, 600_000),
  SERVICE_ANSWER_BYTES: count(32 * 1024 * 1024, 1024 ** 3),
  BODY_BYTES: count(4 * 1024 * 1024, 1024 ** 3),
});

/** Reads the settings from an environment; throws `SettingError`. */
export function settingsFrom(env: NodeJS.ProcessEnv): Settings {
  const read = shape.safeParse(env);
  if (!read.success) {
    const { path, message } = read.error.issues[0]!;
    throw new SettingError(`Set ${path.join('.')} to a right value: ${message}.`);
  }
  const values = read.data;
  return {
    host: values.HOST,
    port: values.PORT,
    logLevel: values.LOG_LEVEL,
    accessPublicKey: ed25519('ACCESS_PUBLIC_KEY', () => createPublicKey(pemOf(values.ACCESS_PUBLIC_KEY))),
    internalPrivateKey: ed25519('INTERNAL_PRIVATE_KEY', () => createPrivateKey(pemOf(values.INTERNAL_PRIVATE_KEY))),
    introspection: values.INTROSPECTION ?? LOOPBACK.test(values.HOST),
    serviceTimeoutMs: values.SERVICE_TIMEOUT_MS,
    serviceAnswerBytes: values.SERVICE_ANSWER_BYTES,
    bodyBytes: values.BODY_BYTES,
    serviceUrl: (name) => serviceUrl(`${name.toUpperCase()}_URL`, env),
  };
}

function serviceUrl(setting: string, env: NodeJS.ProcessEnv): URL {
  const value = env[setting] ?? '';
  if (!URL.canParse(value) || new URL(value).protocol !== 'http:') {
    throw new SettingError(`Set ${setting} to the address of that service, such as http://127.0.0.1:4001/graphql.`);
  }
  return new URL(value);
}

/** A PEM as it may stand in a setting: whole, with `\n` for line ends, or in base64. */
const pemOf = (value: string) =>
  (value.includes('-----') ? value : Buffer.from(value, 'base64').toString()).replaceAll('\\n', '\n');

function ed25519(setting: string, read: () => KeyObject): KeyObject {
  let key: KeyObject | undefined;
  try {
    key = read();
  } catch {
    // What crypto says of a key it cannot read may quote the key.
  }
  if (key?.asymmetricKeyType !== 'ed25519') throw new SettingError(`Set ${setting} to an Ed25519 key in PEM form.`);
  return key;
}
