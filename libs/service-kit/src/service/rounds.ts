import { setTimeout as pause } from 'node:timers/promises';
import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';

/** What each instance of a service does again and again from its start to its stop. */
export abstract class Rounds implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;

  /** `first` is the milliseconds until the first round. */
  constructor(private readonly first = 0) {}

  onApplicationBootstrap(): void {
    this.running = this.run();
  }

  /** Ends after the round in work. */
  async onApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  /** One round, which tells its failures itself and never rejects; answers the milliseconds until the next. */
  protected abstract round(): Promise<number>;

  /** Whether a round that takes long shall end early. */
  protected get stops(): boolean {
    return this.stopping.signal.aborted;
  }

  private async run(): Promise<void> {
    await this.rest(this.first);
    while (!this.stops) await this.rest(await this.round());
  }

  private rest(milliseconds: number): Promise<void> {
    return pause(milliseconds, undefined, { signal: this.stopping.signal }).catch(() => {});
  }
}
