import { setTimeout as pause } from 'node:timers/promises';
import type { Database } from './database.js';

/** How far a rebuild has come. */
export interface RebuildProgress {
  /** Messages that were taken of those topics, whether a projection wants them or not. */
  readonly taken: number;
  /** Messages that the topics are known to hold. */
  readonly known: number;
  /** Messages taken in a second, lately. */
  readonly perSecond: number;
  /** What the rebuild cannot go on without, as the rest of a sentence; null where it waits for nothing. */
  readonly waitsFor: string | null;
}

/** What a rebuild that has come to its end has done. */
export interface Rebuilt {
  readonly tables: readonly string[];
  readonly messages: number;
  readonly seconds: number;
  /** For how long the service took nothing in. */
  readonly switchMilliseconds: number;
}

/** A rebuild of a service as its database knows it. */
export interface RebuildUnderWay {
  readonly taken: number;
  readonly known: number;
  /** Since it has told how far it is: about a second, or it has died. */
  readonly silentSeconds: number;
}

/** The rebuild that fills copies in this database, or null. */
export async function rebuildUnderWay(database: Database): Promise<RebuildUnderWay | null> {
  const there = await database.query<{ run: string | null }>({
    name: 'rebuild-there',
    text: `select to_regclass('rebuild.run')::text as run`,
  });
  if (!there.rows[0]?.run) return null;
  const { rows } = await database.query<RebuildUnderWay>({
    text: `select taken, known, extract(epoch from clock_timestamp() - told_at)::float8 as "silentSeconds"
      from rebuild.run where switched_at is null`,
  });
  return rows[0] ?? null;
}

/** Tells once a second how far a rebuild is, to whoever started it and to its service. */
export class RebuildTeller {
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;

  constructor(
    private readonly database: Database,
    private readonly tell: (progress: RebuildProgress) => void,
    private readonly progress: () => Omit<RebuildProgress, 'perSecond'>,
  ) {}

  start(): void {
    this.running = this.run();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    let last = { at: performance.now(), taken: 0 };
    for (;;) {
      await pause(1000, undefined, { signal }).catch(() => {});
      if (signal.aborted) return;
      const progress = this.progress();
      const { taken, known } = progress;
      const now = performance.now();
      const perSecond = Math.round(((taken - last.taken) * 1000) / Math.max(1, now - last.at));
      last = { at: now, taken };
      const text = 'update rebuild.run set taken = $1, known = $2, told_at = clock_timestamp()';
      // It is told again in a second.
      await this.database.query({ text, values: [taken, known] }).catch(() => {});
      this.tell({ ...progress, perSecond });
    }
  }
}
