import pg from 'pg';
import { monotonic, pause } from '../harness/clock.js';
import { dueAt, type OpenLoop } from '../load/open-loop.js';
import { plannedWrites, type PlannedWrite, type WritePlan } from '../messaging/writes.js';
import { serve, settingsOf } from './serve.js';

/** Asks a projection again and again for the writes it does not show yet; notes when each could be seen. */
const { databaseUrl } = settingsOf<{ databaseUrl: string }>();
/** Milliseconds between two questions: so much later than it is visible a write may be seen. */
const EVERY = 20;
/** Asked for at once at most, the oldest: where the writer is far behind, the question must not be what keeps it there. */
const MOST = 500;
/** Milliseconds after the last write at which it is given up. */
const PATIENCE = 150_000;

serve({
  /** Answers when each write was seen, on the monotonic clock; 0 for those that never were. */
  watch: async ({ plan, loop }: { plan: WritePlan; loop: OpenLoop }) => {
    const writes = plannedWrites(plan);
    const seenAt = new Float64Array(writes.length);
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    const open = new Set<number>();
    const last = dueAt(loop, writes.length - 1);
    for (let next = 0; next < writes.length || open.size > 0;) {
      await pause(EVERY);
      for (; next < writes.length && dueAt(loop, next) <= monotonic(); next++) open.add(next);
      if (monotonic() > last + PATIENCE) break;
      const asked = [...open].slice(0, MOST);
      const ids = [...new Set(asked.map((n) => (writes[n] as PlannedWrite).id))];
      const { rows } = await client.query<{ id: string; version: number }>({
        name: 'visible',
        text: 'select id, version from lead where id = any($1::uuid[])',
        values: [ids],
      });
      const now = monotonic();
      const versions = new Map(rows.map(({ id, version }) => [id, version]));
      for (const n of asked) {
        const { id, version } = writes[n] as PlannedWrite;
        if ((versions.get(id) ?? 0) < version) continue;
        seenAt[n] = now;
        open.delete(n);
      }
    }
    await client.end();
    return seenAt;
  },
});
