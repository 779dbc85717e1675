import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { traceSettings } from './traces.js';

/** A setting of the environment that is wrong, said in one sentence with the mend. */
export class SettingError extends Error {
  override readonly name = 'SettingError';
}

/**
 * Reads settings from the environment against a schema whose keys are the names; `<NAME>_FILE` may name a file that holds
 * the value. Throws `SettingError` naming each one that is wrong.
 */
export function settingsFrom<S extends z.ZodRawShape>(
  shape: S,
  environment: NodeJS.ProcessEnv = process.env,
): z.infer<z.ZodObject<S>> {
  const given = Object.fromEntries(Object.keys(shape).map((name) => [name, valueOf(name, environment)]));
  const parsed = z.object(shape).safeParse(given);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => {
    const name = String(issue.path[0]);
    return `${name} ${given[name] === undefined ? 'is not set' : 'is set wrongly'}: ${issue.message}.`;
  });
  throw new SettingError([...new Set(faults)].join('\n'));
}

/** A setting's own value, or what is in the file that `<NAME>_FILE` names, as secrets are handed to containers. */
function valueOf(name: string, environment: NodeJS.ProcessEnv): string | undefined {
  const file = environment[`${name}_FILE`];
  if (environment[name] !== undefined || file === undefined) return environment[name];
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new SettingError(`${name}_FILE names ${file}, which cannot be read: ${(error as Error).message}.`);
  }
}

export const port = z.coerce
  .number('give a port number, such as 4101')
  .int('give a port number, such as 4101')
  .min(0, 'give a port number from 0 to 65535')
  .max(65_535, 'give a port number from 0 to 65535');
export const host = z.string().default('127.0.0.1');
export const logLevel = z
  .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace'], 'choose one of fatal, error, warn, info, debug, trace')
  .default('info');

/** What every service is told by its environment. */
export const serviceSettings = {
  HOST: host,
  PORT: port,
  DATABASE_URL: z
    .string('give the address of the service’s own database, postgres://user@host:5432/name')
    .regex(/^postgres(ql)?:\/\//, 'it begins with postgres://'),
  DATABASE_POOL: z.coerce.number().int().min(2).max(100).default(8),
  BROKER_URL: z
    .string('give kafka://host:9092, or postgres://… for the log in PostgreSQL')
    .regex(/^(kafka|postgres(ql)?):\/\//, 'it begins with kafka:// or postgres://'),
  TOPIC_PREFIX: z
    .string()
    .regex(/^[a-z0-9.-]{0,30}$/, 'use up to 30 of a–z, 0–9, dot and hyphen')
    .default(''),
  INTERNAL_PUBLIC_KEY: z.string('give the public key (Ed25519, PEM) that verifies the gateway’s identities'),
  LOG_LEVEL: logLevel,
  /** Where GET /metrics is answered, on HOST; nowhere when it is not set, and on any free port for 0. */
  METRICS_PORT: z.preprocess((value) => (value === '' ? undefined : value), port.optional()),
  ...traceSettings,
};
export type ServiceSettings = z.infer<z.ZodObject<typeof serviceSettings>>;
