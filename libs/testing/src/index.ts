export * from './broker.js';
export * from './database.js';
export * from './door.js';
export * from './eventually.js';
export * from './offboarding.js';
export * from './organisations.js';
export * from './rights.js';
export * from './service.js';
export { setting } from './setting.js';
