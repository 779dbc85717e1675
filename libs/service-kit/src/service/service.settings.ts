import { brokerFault } from '@voronka/messaging';
import { z } from 'zod';
import { holdsKeys } from '../access/keys.js';
import { processSettings, whole } from './settings.js';

/** What every service is told by its environment. */
export const serviceSettings = {
  ...processSettings,
  DATABASE_URL: z
    .string('give the address of the service’s own database, postgres://user@host:5432/name')
    .regex(/^postgres(ql)?:\/\//, 'it begins with postgres://')
    .meta({ description: 'Its own database: `postgres://user:password@host:5432/name`.', secret: true }),
  DATABASE_POOL: whole(2, 100).default(8).meta({
    description:
      'Connections to it at most, for requests and events; the relay and migrations have a few of their own.',
    unit: 'connections',
  }),
  BROKER_URL: z
    .string('give kafka://host:9092, or postgres://… for the log in PostgreSQL')
    .superRefine((url, { addIssue }) => {
      const fault = brokerFault(url);
      if (fault) addIssue(fault);
    })
    .meta({
      description:
        'The events’ broker: `kafka://host:9092,other:9092`, or `postgres://…` for the log in PostgreSQL. With `kafka://name:password@…` it signs in, by SCRAM-SHA-512 unless `?sasl=scram-sha-256` or `plain` is said, and over TLS unless `tls=off` is; `?tls=on` is TLS without a name. Name and password are percent-encoded.',
      secret: true,
    }),
  TOPIC_PREFIX: z
    .string()
    .regex(/^[a-z0-9.-]{0,30}$/, 'use up to 30 of a–z, 0–9, dot and hyphen')
    .default('')
    .meta({
      description: 'Stands before the names of topics and groups, so that two organisations can share a broker.',
    }),
  INTERNAL_PUBLIC_KEY: z
    .string('give the public key (Ed25519, PEM) that verifies the gateway’s identities')
    .refine(holdsKeys('public'), 'give an Ed25519 public key as PEM')
    .meta({
      description:
        'Verifies the gateway’s identities: Ed25519, as PEM, with `\\n` for line ends, or in base64; several, one after the other, while keys change.',
    }),
};
export type ServiceSettings = z.infer<z.ZodObject<typeof serviceSettings>>;
