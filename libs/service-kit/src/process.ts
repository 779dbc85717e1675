/** What any process of the system needs and a gateway too: settings, log, health, keys. Loads no ORM and no GraphQL. */
export { Keys, verifiedBy } from './access/keys.js';
export * from './network.js';
export * from './service/health.js';
export * from './service/leaving.js';
export * from './service/logger.js';
export * from './service/secrets.js';
export { host, logLevel, port, SettingError, settingsFrom } from './service/settings.js';
