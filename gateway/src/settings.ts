import {
  holdsKeys,
  isLoopback,
  Keys,
  processSettings,
  refuseWeakSecrets,
  samplingSettings,
  SettingError,
  settingsFrom,
  whole,
} from '@voronka/service-kit/process';
import { z } from 'zod';
import { TrustedDocuments } from './document/trusted-documents.js';
import type { Allowances } from './door/rates.js';

/** How the gateway is told where it listens, whom it trusts and where its services are; docs/configuration.md has the table. */
export interface Settings {
  readonly host: string;
  readonly port: number;
  readonly logLevel: string;
  /** Undefined where nobody measures. */
  readonly metricsPort: number | undefined;
  /** How long requests are taken after the word to stop, and how long those under way may last then. */
  readonly drainSeconds: number;
  readonly graceSeconds: number;
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

const list = z
  .string()
  .default('')
  .transform((text) => text.split(',').flatMap((part) => part.trim() || []));
const isAddress = (text: string) => URL.canParse(text) && new URL(text).protocol === 'http:';
const isOrigin = (text: string) => URL.canParse(text) && new URL(text).origin === text;

/** What the gateway is told by its environment, beside the addresses of its services. */
export const shape = {
  ...processSettings,
  ACCESS_PUBLIC_KEY: z
    .string('give the public key (Ed25519, PEM) that verifies access tokens')
    .refine(holdsKeys('public'), 'give an Ed25519 public key as PEM')
    .meta({ description: 'Verifies access tokens: Ed25519, as PEM, with `\\n` for line ends, or in base64.' }),
  INTERNAL_PRIVATE_KEY: z
    .string('give the private key (Ed25519, PEM) that signs identities for the services')
    .refine(holdsKeys('private'), 'give an Ed25519 private key as PEM')
    .meta({ description: 'Signs identities for the services: Ed25519, as before.', secret: true }),
  INTROSPECTION: z.enum(['true', 'false'], 'choose true or false').optional().meta({
    description: 'Whether strangers may ask for the schema; who is signed in may.',
    unset: '`true` on loopback, else `false`',
  }),
  TRUSTED_DOCUMENTS: z.enum(['off', 'only'], 'choose off or only').default('off').meta({
    description: '`only`: nothing is answered that is not in the manifest, by hash or by text.',
  }),
  DOCUMENTS_MANIFEST: z.string().optional().meta({
    description: 'That manifest, as `npm run documents -- <folder>` makes it of `.graphql` files.',
    unset: 'none',
  }),
  RATE_PERSON: whole(1, 10_000_000)
    .optional()
    .meta({
      description: 'What somebody who is signed in may ask.',
      unit: 'points a minute',
      unset: `${RATES.person}; on loopback ${LOOPBACK_RATES.person}`,
    }),
  RATE_ANONYMOUS: whole(1, 10_000_000)
    .optional()
    .meta({
      description: 'What an address may ask from which nobody is signed in.',
      unit: 'points a minute',
      unset: `${RATES.anonymous}; on loopback ${LOOPBACK_RATES.anonymous}`,
    }),
  CORS_ORIGINS: list
    .refine((origins) => origins.every(isOrigin), 'give origins such as https://crm.example, by commas')
    .meta({ description: 'Origins whose pages may ask from a browser, by commas; no `*`.' }),
  TRUSTED_PROXIES: list.meta({
    description: 'Addresses or networks of proxies whose `X-Forwarded-For` is believed, by commas.',
  }),
  REQUEST_TIMEOUT_MS: whole(1, 600_000)
    .default(30_000)
    .meta({ description: 'The longest that a request takes, or a pause in an export.', unit: 'ms' }),
  SERVICE_TIMEOUT_MS: whole(1, 600_000)
    .default(10_000)
    .meta({ description: 'The longest that a call to a service takes, within it.', unit: 'ms' }),
  SERVICE_ANSWER_BYTES: whole(1, 1024 ** 3)
    .default(32 * 1024 * 1024)
    .meta({ description: 'The longest answer of a service.', unit: 'bytes' }),
  BODY_BYTES: whole(1, 1024 ** 3)
    .default(4 * 1024 * 1024)
    .meta({ description: 'The longest request of who is signed in: an import of 500 rows fits.', unit: 'bytes' }),
  ...samplingSettings,
};

/** The address of one service, which is declared for each name in the supergraph. */
export const addressShape = (name: string) => ({
  [`${name.toUpperCase()}_URL`]: z
    .string(`give http://host:port/graphql of the service ${name}`)
    .refine(isAddress, `give http://host:port/graphql of the service ${name}`)
    .meta({ description: 'Where that service answers: `http://host:port/graphql`.' }),
});

/** Reads the settings from the environment, or from another; throws `SettingError`. */
export function gatewaySettings(given?: NodeJS.ProcessEnv): Settings {
  const values = settingsFrom(shape, given);
  const loopback = isLoopback(values.HOST);
  const usual = loopback ? LOOPBACK_RATES : RATES;
  refuseWeakSecrets(values);
  return {
    host: values.HOST,
    port: values.PORT,
    logLevel: values.LOG_LEVEL,
    metricsPort: values.METRICS_PORT,
    drainSeconds: values.DRAIN_SECONDS,
    graceSeconds: values.GRACE_SECONDS,
    accessKeys: Keys.of('ACCESS_PUBLIC_KEY', values.ACCESS_PUBLIC_KEY, 'public', { given }),
    internalKeys: Keys.of('INTERNAL_PRIVATE_KEY', values.INTERNAL_PRIVATE_KEY, 'private', { given }),
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
    serviceUrl: (name) => new URL(Object.values(settingsFrom(addressShape(name), given))[0]!),
  };
}

function manifest(path: string | undefined): TrustedDocuments {
  if (path !== undefined) return TrustedDocuments.in(path, 'DOCUMENTS_MANIFEST');
  throw new SettingError('DOCUMENTS_MANIFEST is not set: TRUSTED_DOCUMENTS=only needs what npm run documents writes.');
}
