import { EventServer } from './event-server.js';

/** Listens to nothing and tells which topics the handlers of an application wait for. */
export class Readings extends EventServer {
  get topics(): readonly string[] {
    return this.handlers.topics;
  }

  listen(callback: () => void): Promise<void> {
    this.requireAttached();
    callback();
    return Promise.resolve();
  }

  async close(): Promise<void> {}

  override unwrap<T>(): T {
    return undefined as T;
  }
}
