import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { traceSettings } from './traces.js';

declare module 'zod' {
  /** What is said of a setting beside its `description`; docs/configuration.md is made of it. */
  interface GlobalMeta {
    /** Of a number. */
    unit?: string;
    /** Nobody but the process may know it. */
    secret?: true;
    /** What holds where it is not set, of a setting that may be left out and has no default. */
    unset?: string;
  }
}

/** What this process was started with. A setting is declared, and read by `settingsFrom`: nothing else reads this. */
export const environment: NodeJS.ProcessEnv = process.env;

/** A setting of the environment that is wrong, said in one sentence with the mend. */
export class SettingError extends Error {
  override readonly name = 'SettingError';
}

/**
 * Reads settings from the environment against a schema whose keys are the names; `<NAME>_FILE` may name a file that holds
 * the value. One that is empty counts as not set. Throws `SettingError` with a sentence for each one that is wrong.
 */
export function settingsFrom<S extends z.ZodRawShape>(
  shape: S,
  given: NodeJS.ProcessEnv = environment,
): z.infer<z.ZodObject<S>> {
  const values = Object.fromEntries(Object.keys(shape).map((name) => [name, valueOf(name, given)]));
  const parsed = z.object(shape).safeParse(values);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => {
    const name = String(issue.path[0]);
    return `${name} ${values[name] === undefined ? 'is not set' : 'is set wrongly'}: ${issue.message}.`;
  });
  throw new SettingError([...new Set(faults)].join('\n'));
}

/** A setting's own value, or what is in the file that `<NAME>_FILE` names, as secrets are handed to containers. */
function valueOf(name: string, given: NodeJS.ProcessEnv): string | undefined {
  const file = fileOf(name, given);
  if (file === undefined) return given[name] || undefined;
  try {
    return readFileSync(file, 'utf8').trim() || undefined;
  } catch (error) {
    throw new SettingError(`${name}_FILE names ${file}, which cannot be read: ${(error as Error).message}.`);
  }
}

/** The file that holds a setting, where it comes from one. */
export const fileOf = (name: string, given = environment): string | undefined =>
  given[name] ? undefined : given[`${name}_FILE`] || undefined;

/** A whole number within these bounds. */
export function whole(least: number, most: number) {
  const mend = `give a whole number from ${least} to ${most}`;
  return z.coerce.number(mend).int(mend).min(least, mend).max(most, mend);
}
const aPort = 'give a port number, such as 4101';
export const port = z.coerce
  .number(aPort)
  .int(aPort)
  .min(0, 'give a port number from 0 to 65535')
  .max(65_535, 'give a port number from 0 to 65535');

/** What every process is told by its environment, the gateway as well. */
export const processSettings = {
  HOST: z.string().default('127.0.0.1').meta({
    description: 'The address it listens on. Beyond loopback, weak secrets are refused.',
  }),
  PORT: port.meta({ description: 'The port it listens on; `0` for any free one.' }),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace'], 'choose one of fatal, error, warn, info, debug, trace')
    .default('info')
    .meta({
      description:
        'The least that is logged: `fatal`, `error`, `warn`, `info`, `debug` or `trace`. SIGUSR2 changes it to `debug` and back.',
    }),
  METRICS_PORT: port.optional().meta({
    description:
      'Where `GET /metrics` and `/health/…` are answered, on `HOST`, to whoever asks; `0` for any free port.',
    unset: 'nowhere',
  }),
  DRAIN_SECONDS: whole(0, 300).default(0).meta({
    description:
      'How long it still takes requests after SIGTERM while `/health/ready` says 503. Beyond one machine, give load balancers time to notice: 5.',
    unit: 'seconds',
  }),
  GRACE_SECONDS: whole(1, 600).default(8).meta({
    description:
      'The longest that requests and events under way may take to end after that. The container’s grace period is to be longer than both together.',
    unit: 'seconds',
  }),
  ...traceSettings,
};
