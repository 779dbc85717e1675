import type { Surroundings } from './command-line.js';
import { runProgram } from './service-program.js';
import { databaseOn, type Settings } from './settings.js';
import type { Service } from './system.js';

/** Has a service build its projections anew, and answers the exit status of its program. */
export function rebuild(
  settings: Settings,
  service: Service,
  around: Surroundings,
  { json = false, databaseUrl = databaseOn(settings.databaseUrl, `voronka_${service}`) } = {},
): Promise<number> {
  const { brokerUrl, topicPrefix } = settings;
  const told = { DATABASE_URL: databaseUrl, BROKER_URL: brokerUrl, TOPIC_PREFIX: topicPrefix };
  return runProgram(service, ['rebuild', ...(json ? ['--json'] : [])], told, around);
}
