import { createRequire } from 'node:module';

interface Queue {
  readonly pending: readonly unknown[];
  scheduleCheckPendingRequests(): void;
}

let taken = false;

/**
 * kafkajs looks after every answer when it may send what waits, and then for ever, each millisecond on each of its connections,
 * also where nothing waits: a quiet service spent 3 % of a core on it. Here it looks where something waits. The library is
 * pinned and no longer changes.
 */
export function takeOverQueue(): void {
  if (taken) return;
  taken = true;
  const { prototype } = createRequire(import.meta.url)('kafkajs/src/network/requestQueue') as { prototype: Queue };
  const { scheduleCheckPendingRequests: schedule } = prototype;
  prototype.scheduleCheckPendingRequests = function () {
    if (this.pending.length > 0) schedule.call(this);
  };
}
