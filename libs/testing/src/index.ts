export * from './broker.js';
export * from './database.js';
export * from './eventually.js';
export { setting } from './setting.js';
