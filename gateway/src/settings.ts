import {
  host,
  isLoopback,
  Keys,
  logLevel,
  port,
  refuseWeakSecrets,
  samplingSettings,
  SettingError,
  settingsFrom,
  traceSettings,
} from '@voronka/service-kit/process';
import { z } from 'zod';
import { TrustedDocuments } from './document/trusted-documents.js';
import type { Allowances } from './door/rates.js';

/** How the gateway is told where it listens, whom it trusts and where its services are; docs/security.md has the table. */
export interface Settings {
  readonly host: string;
  readonly port: number;
  readonly logLevel: string;
  /** Verifies access tokens. */
  readonly accessKeys: Keys;
  /** Signs internal tokens. */
  readonly internalKeys: Keys;
  /** Whether strangers may ask for the schema. */
  readonly introspection: boolean;
  /** The only documents that are answered; null where any is. */
  readonly trustedDocuments: TrustedDocuments | null;
  readonly rates: Allowances;
  /** Origins whose pages may ask from a browser. */
  readonly corsOrigins: readonly string[];
  /** Addresses of proxies whose word on where a request came from is taken. */
  readonly trustedProxies: readonly string[];
  /** The longest a request may take, and a call to a service within it, in milliseconds. */
  readonly requestTimeoutMs: number;
  readonly serviceTimeoutMs: number;
  /** The longest answer of a service, in bytes. */
  readonly serviceAnswerBytes: number;
  /** The longest request of a client, in bytes: an import of 500 rows fits. */
  readonly bodyBytes: number;
  /** Where traces go, if anywhere, and the share of requests that are traced. */
  readonly traces: { readonly OTEL_EXPORTER_OTLP_ENDPOINT?: string | undefined; readonly share: number };
  /** The address of a service by its name in the supergraph; throws `SettingError` when it has none. */
  readonly serviceUrl: (name: string) => URL;
}

/** Points a minute; on loopback, where people develop and load is made, none that anybody meets. */
const RATES: Allowances = { person: 1_200, anonymous: 300 };
const LOOPBACK_RATES: Allowances = { person: 1_000_000, anonymous: 1_000_000 };

const whole = (max: number) =>
  z.coerce.number(`give a whole number from 1 to ${max}`).int().min(1).max(max, `give a whole number from 1 to ${max}`);
const list = z
  .string()
  .default('')
  .transform((text) => text.split(',').flatMap((part) => part.trim() || []));
const isOrigin = (text: string) => URL.canParse(text) && new URL(text).origin === text;

const shape = {
  HOST: host,
  PORT: port,
  LOG_LEVEL: logLevel,
  ACCESS_PUBLIC_KEY: z.string('give the public key (Ed25519, PEM) that verifies access tokens'),
  INTERNAL_PRIVATE_KEY: z.string('give the private key (Ed25519, PEM) that signs identities for the services'),
  INTROSPECTION: z.enum(['true', 'false'], 'choose true or false').optional(),
  TRUSTED_DOCUMENTS: z.enum(['off', 'only'], 'choose off or only').default('off'),
  DOCUMENTS_MANIFEST: z.string().optional(),
  RATE_PERSON: whole(10_000_000).optional(),
  RATE_ANONYMOUS: whole(10_000_000).optional(),
  CORS_ORIGINS: list.refine(
    (origins) => origins.every(isOrigin),
    'give origins such as https://crm.example, by commas',
  ),
  TRUSTED_PROXIES: list,
  REQUEST_TIMEOUT_MS: whole(600_000).default(30_000),
  SERVICE_TIMEOUT_MS: whole(600_000).default(10_000),
  SERVICE_ANSWER_BYTES: whole(1024 ** 3).default(32 * 1024 * 1024),
  BODY_BYTES: whole(1024 ** 3).default(4 * 1024 * 1024),
  ...traceSettings,
  ...samplingSettings,
};

/** Reads the settings from an environment; throws `SettingError`. */
export function gatewaySettings(environment: NodeJS.ProcessEnv): Settings {
  const values = settingsFrom(shape, environment);
  const loopback = isLoopback(values.HOST);
  const usual = loopback ? LOOPBACK_RATES : RATES;
  const accessKeys = keys('ACCESS_PUBLIC_KEY', values.ACCESS_PUBLIC_KEY, 'public', environment);
  const internalKeys = keys('INTERNAL_PRIVATE_KEY', values.INTERNAL_PRIVATE_KEY, 'private', environment);
  refuseWeakSecrets(values);
  return {
    host: values.HOST,
    port: values.PORT,
    logLevel: values.LOG_LEVEL,
    accessKeys,
    internalKeys,
    introspection: values.INTROSPECTION === undefined ? loopback : values.INTROSPECTION === 'true',
    trustedDocuments: values.TRUSTED_DOCUMENTS === 'only' ? manifest(values.DOCUMENTS_MANIFEST) : null,
    rates: {
      person: values.RATE_PERSON ?? usual.person,
      anonymous: values.RATE_ANONYMOUS ?? usual.anonymous,
    },
    corsOrigins: values.CORS_ORIGINS,
    trustedProxies: values.TRUSTED_PROXIES,
    requestTimeoutMs: values.REQUEST_TIMEOUT_MS,
    serviceTimeoutMs: values.SERVICE_TIMEOUT_MS,
    serviceAnswerBytes: values.SERVICE_ANSWER_BYTES,
    bodyBytes: values.BODY_BYTES,
    traces: {
      OTEL_EXPORTER_OTLP_ENDPOINT: values.OTEL_EXPORTER_OTLP_ENDPOINT,
      share: values.OTEL_TRACES_SAMPLER_ARG,
    },
    serviceUrl: (name) => address(`${name.toUpperCase()}_URL`, environment),
  };
}

function manifest(path: string | undefined): TrustedDocuments {
  if (path !== undefined) return TrustedDocuments.in(path, 'DOCUMENTS_MANIFEST');
  throw new SettingError('DOCUMENTS_MANIFEST is not set: TRUSTED_DOCUMENTS=only needs what npm run documents writes.');
}

function address(setting: string, environment: NodeJS.ProcessEnv): URL {
  const value = environment[setting] ?? '';
  if (!URL.canParse(value) || new URL(value).protocol !== 'http:') {
    throw new SettingError(`${setting} is missing or wrong: give http://host:port/graphql of that service.`);
  }
  return new URL(value);
}

function keys(setting: string, value: string, half: 'public' | 'private', environment: NodeJS.ProcessEnv): Keys {
  try {
    return Keys.of(setting, value, half, { environment });
  } catch {
    // What crypto says of a key it cannot read may quote the key.
    throw new SettingError(`${setting} is set wrongly: give an Ed25519 key.`);
  }
}
