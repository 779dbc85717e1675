import type { logCreator } from 'kafkajs';
import { silentLogger, type Logger } from './logger.js';

const MINUTE = 60_000;

// What kafkajs calls an error and then mends by itself; and a warning about a setting that is meant.
const ordinary =
  /coordinator|seed broker|rebalanc|leader|metadata|Limiting retries|not hosting|unknown (topic|member)|Crash|Restarting|\[Connection\]/i;

/**
 * kafkajs's own log lines at the levels of this house: what it mends by itself is for debugging, and the rest is said
 * at most once a minute per sentence, since an outage repeats itself.
 */
export function kafkaLog(logger: Logger = silentLogger): logCreator {
  const said = new Map<string, number>();
  return () =>
    ({ namespace, label, log: { message, timestamp: _, logger: __, ...facts } }) => {
      const line = `[${namespace}] ${message}`;
      const now = performance.now();
      const repeated = now - (said.get(line) ?? -Infinity) < MINUTE;
      if (label !== 'ERROR' || repeated || ordinary.test(line)) return logger.debug({ kafkajs: facts }, line);
      if (said.size > 500) said.clear();
      said.set(line, now);
      logger.warn({ kafkajs: facts }, line);
    };
}
