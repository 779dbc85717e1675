import { isAbsolute, join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { StartFailure } from './failure.js';

const port = z.coerce.number().int().min(1).max(65_535);

const database = z.url({ protocol: /^postgres(ql)?$/ }).optional();

const schema = z.object({
  DATABASE_URL: database,
  KAFKA_BROKERS: z
    .string()
    .regex(/^[^\s,:]+:\d+(,[^\s,:]+:\d+)*$/)
    .optional(),
  HOST: z.string().min(1).default('127.0.0.1'),
  GATEWAY_PORT: port.default(4000),
  SERVICES_PORT: port.default(4101),
  POSTGRES_PORT: port.default(5439),
  KAFKA_PORT: port.default(9192),
  METRICS_PORT: z.coerce.number().int().min(0).max(65_529).optional(),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  VORONKA_DATA: z.string().min(1).default('.local'),
  TOPIC_PREFIX: z
    .string()
    .regex(/^[A-Za-z0-9._-]{0,64}$/)
    .default(''),
});

const mends: Record<keyof z.infer<typeof schema>, string> = {
  DATABASE_URL: 'an address like postgres://user:password@host:5432/postgres',
  KAFKA_BROKERS: 'a list like host:9092,other:9092',
  HOST: 'the address to listen on, like 127.0.0.1',
  GATEWAY_PORT: 'a port from 1 to 65535',
  SERVICES_PORT: 'the port from 1 to 65535 from which the services take free ones',
  POSTGRES_PORT: 'a port from 1 to 65535',
  KAFKA_PORT: 'a port from 1 to 65535',
  METRICS_PORT: 'the first of seven ports, one for each service and the gateway, or 0 for any free ones',
  LOG_LEVEL: 'one of trace, debug, info, warn, error, fatal, silent',
  VORONKA_DATA: 'the folder to keep the data in',
  TOPIC_PREFIX: 'up to 64 letters, digits, dots, dashes and underscores',
};

export interface Settings {
  databaseUrl?: string;
  /** By service, the whole address of a database that was moved to another server. */
  elsewhere?: Record<string, string>;
  kafkaBrokers?: string;
  /** Where the gateway listens. Everything else listens on loopback alone. */
  host: string;
  gatewayPort: number;
  /** The services take the first free ports from here up. */
  servicesPort: number;
  postgresPort: number;
  kafkaPort: number;
  /** The services and the gateway answer GET /metrics from here up, in a row; on any free ports for 0. */
  metricsPort?: number;
  logLevel: string;
  /** An absolute path. */
  dataFolder: string;
  topicPrefix: string;
  demo: 'none' | 'small';
}

/** The settings as environment and command line give them. Refuses a wrong one with a sentence that names it; an empty one counts as not set. */
export function readSettings(env: NodeJS.ProcessEnv, args: readonly string[], root: string): Settings {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const { data, error } = schema.safeParse(given);
  const wrong = error?.issues[0]?.path[0] as keyof typeof mends | undefined;
  if (wrong)
    throw new StartFailure(
      `${wrong} is "${given[wrong]}", which it may not be: set it to ${mends[wrong]}, or leave it out.`,
    );
  if (!data) throw error;
  const elsewhere = elsewhereIn(given);
  return {
    ...(data.DATABASE_URL === undefined ? {} : { databaseUrl: data.DATABASE_URL }),
    ...(Object.keys(elsewhere).length === 0 ? {} : { elsewhere }),
    ...(data.KAFKA_BROKERS === undefined ? {} : { kafkaBrokers: data.KAFKA_BROKERS }),
    host: data.HOST,
    gatewayPort: data.GATEWAY_PORT,
    servicesPort: data.SERVICES_PORT,
    postgresPort: data.POSTGRES_PORT,
    kafkaPort: data.KAFKA_PORT,
    ...(data.METRICS_PORT === undefined ? {} : { metricsPort: data.METRICS_PORT }),
    logLevel: data.LOG_LEVEL,
    dataFolder: isAbsolute(data.VORONKA_DATA) ? data.VORONKA_DATA : join(root, data.VORONKA_DATA),
    topicPrefix: data.TOPIC_PREFIX,
    demo: demoOf(args, env.npm_config_demo),
  };
}

/** `DEALS_DATABASE_URL` and the like, as `npm run ops` takes them. */
function elsewhereIn(given: NodeJS.ProcessEnv): Record<string, string> {
  const elsewhere: Record<string, string> = {};
  for (const [setting, value] of Object.entries(given)) {
    const service = /^([A-Z]+)_DATABASE_URL$/.exec(setting)?.[1]?.toLowerCase();
    if (service === undefined) continue;
    const { data: url } = database.safeParse(value);
    if (url === undefined)
      throw new StartFailure(
        `${setting} is "${value}", which it may not be: set it to an address like postgres://user:password@host:5432/voronka_${service}, or leave it out.`,
      );
    elsewhere[service] = url;
  }
  return elsewhere;
}

/** `npm start -- --demo=none`; npm keeps the flag of `npm start --demo=none` to itself and tells of it in the environment. */
function demoOf(args: readonly string[], keptByNpm: string | undefined): 'none' | 'small' {
  let demo: string | undefined;
  try {
    demo = parseArgs({ args: [...args], options: { demo: { type: 'string' } } }).values.demo;
  } catch (error) {
    throw new StartFailure(
      `${(error as Error).message.split(/[.'] To /)[0]}: the one flag there is is --demo=small or --demo=none.`,
    );
  }
  const chosen = demo ?? keptByNpm ?? 'small';
  if (chosen !== 'none' && chosen !== 'small')
    throw new StartFailure(`--demo is "${chosen}", which it may not be: say --demo=small or --demo=none.`);
  return chosen;
}
