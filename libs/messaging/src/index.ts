export * from './broker.js';
export * from './broker-from.js';
export * from './context.js';
export * from './database.js';
export { decode, UnreadableMessage, type RecordedEvent } from './envelope.js';
export * from './logger.js';
export * from './messaging.migration.js';
export * from './outbox.js';
export * from './relay.js';
