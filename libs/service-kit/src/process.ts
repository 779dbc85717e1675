/** What any process of the system needs and a gateway too: settings, log, health, metrics, keys. Loads no ORM and no GraphQL. */
export { holdsKeys, Keys, verifiedBy } from './access/keys.js';
export * from './network.js';
export * from './service/health.js';
export * from './service/logger.js';
export * from './service/process.metrics.js';
export * from './service/secrets.js';
export { processSettings, SettingError, settingsFrom, whole } from './service/settings.js';
export * from './service/signals.js';
export * from './service/trace.js';
export * from './service/traces.js';
