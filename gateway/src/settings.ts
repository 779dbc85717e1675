import type { KeyObject } from 'node:crypto';
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { host, logLevel, pemOf, port, SettingError, settingsFrom } from '@voronka/service-kit/process';
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
  /** The address of a service by its name in the supergraph; throws `SettingError` when it has none. */
  readonly serviceUrl: (name: string) => URL;
}

const LOOPBACK = /^(127\.|localhost$|::1$)/;
const count = (fallback: number, max: number) =>
  z.coerce.number(`give a whole number from 1 to ${max}`).int().min(1).max(max).default(fallback);

const shape = {
  HOST: host,
  PORT: port,
  LOG_LEVEL: logLevel,
  ACCESS_PUBLIC_KEY: z.string('give the public key (Ed25519, PEM) that verifies access tokens'),
  INTERNAL_PRIVATE_KEY: z.string('give the private key (Ed25519, PEM) that signs identities for the services'),
  INTROSPECTION: z.enum(['true', 'false'], 'choose true or false').optional(),
  SERVICE_TIMEOUT_MS: count(10_000, 600_000),
  SERVICE_ANSWER_BYTES: count(32 * 1024 * 1024, 1024 ** 3),
  BODY_BYTES: count(4 * 1024 * 1024, 1024 ** 3),
};

/** Reads the settings from an environment; throws `SettingError`. */
export function gatewaySettings(environment: NodeJS.ProcessEnv): Settings {
  const values = settingsFrom(shape, environment);
  return {
    host: values.HOST,
    port: values.PORT,
    logLevel: values.LOG_LEVEL,
    accessPublicKey: ed25519('ACCESS_PUBLIC_KEY', () => createPublicKey(pemOf(values.ACCESS_PUBLIC_KEY))),
    internalPrivateKey: ed25519('INTERNAL_PRIVATE_KEY', () => createPrivateKey(pemOf(values.INTERNAL_PRIVATE_KEY))),
    introspection: values.INTROSPECTION === undefined ? LOOPBACK.test(values.HOST) : values.INTROSPECTION === 'true',
    serviceTimeoutMs: values.SERVICE_TIMEOUT_MS,
    serviceAnswerBytes: values.SERVICE_ANSWER_BYTES,
    bodyBytes: values.BODY_BYTES,
    serviceUrl: (name) => address(`${name.toUpperCase()}_URL`, environment),
  };
}

function address(setting: string, environment: NodeJS.ProcessEnv): URL {
  const value = environment[setting] ?? '';
  if (!URL.canParse(value) || new URL(value).protocol !== 'http:') {
    throw new SettingError(`${setting} is missing or wrong: give http://host:port/graphql of that service.`);
  }
  return new URL(value);
}

function ed25519(setting: string, read: () => KeyObject): KeyObject {
  let key: KeyObject | undefined;
  try {
    key = read();
  } catch {
    // What crypto says of a key it cannot read may quote the key.
  }
  if (key?.asymmetricKeyType !== 'ed25519') throw new SettingError(`${setting} is set wrongly: give an Ed25519 key.`);
  return key;
}
