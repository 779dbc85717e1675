import { setTimeout as delay } from 'node:timers/promises';
import type { Child } from './process.js';

/** One process as it was just started. */
export interface Started {
  child: Child;
  /** Resolves when it does its work; rejects when it ended or did not come up in time. */
  ready: Promise<void>;
}

const STEADY_MS = 60_000;

/** Milliseconds to wait before the restart that follows so many deaths in a row: 0.5 s, doubled each time, half a minute at most. */
export function restartDelay(deaths: number): number {
  return Math.min(500 * 2 ** Math.max(0, deaths - 1), 30_000);
}

/** A process that is started again, later and later, when it dies without having been told to. */
export class Supervised {
  #child: Child | null = null;
  #ready: Promise<void> = Promise.resolve();
  #wanted = false;
  #pause: AbortController | null = null;
  #deaths = 0;

  constructor(
    readonly name: string,
    private readonly launch: () => Promise<Started>,
    private readonly say: (sentence: string) => void,
  ) {}

  get pid(): number | null {
    return this.#child?.running ? this.#child.pid : null;
  }

  /** Starts it and waits until it is ready; from then on it is watched. Rejects, leaving nothing running, when it does not come up. */
  async start(): Promise<void> {
    if (this.#wanted) return;
    this.#wanted = true;
    this.#deaths = 0;
    try {
      await this.#bear();
      await this.#ready;
    } catch (error) {
      this.#wanted = false;
      await this.#child?.stop(3000);
      throw error;
    }
    this.#watch();
  }

  /** Ends it and leaves it so. */
  async stop(graceMs: number): Promise<void> {
    this.#wanted = false;
    this.#pause?.abort();
    await this.#child?.stop(graceMs);
  }

  /** Kills it as a crash would; it is then started again as after any other death. */
  async kill(): Promise<void> {
    await this.#child?.kill();
  }

  async #bear(): Promise<void> {
    const { child, ready } = await this.launch();
    this.#child = child;
    this.#ready = ready;
    ready.catch(() => undefined);
    if (this.#wanted) return;
    await child.kill();
    throw new Error(`${this.name} was told to stop`);
  }

  #watch(): void {
    const child = this.#child as Child;
    const since = Date.now();
    void child.exited.then(({ code, signal }) => {
      if (!this.#wanted) return;
      if (Date.now() - since > STEADY_MS) this.#deaths = 0;
      return this.#again(`ended (${signal ?? `status ${code}`})`);
    });
  }

  async #again(why: string): Promise<void> {
    this.#deaths += 1;
    const pauseMs = restartDelay(this.#deaths);
    this.say(`${this.name} ${why}; it is started again in ${pauseMs / 1000} s`);
    this.#pause = new AbortController();
    await delay(pauseMs, undefined, { signal: this.#pause.signal }).catch(() => undefined);
    if (!this.#wanted) return;
    try {
      await this.#bear();
    } catch (error) {
      if (this.#wanted) await this.#again(`could not be started (${(error as Error).message})`);
      return;
    }
    this.#watch();
    await this.#ready.then(
      () => this.say(`${this.name} is back`),
      () => undefined,
    );
  }
}
