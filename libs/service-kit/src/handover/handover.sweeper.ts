import { setTimeout as pause } from 'node:timers/promises';
import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { HandoverService } from './handover.service.js';

/** How often it is looked whether there is something to hand over. */
const EVERY_MS = 500;
/** After its transactions others have the machine for half as long as they took, milliseconds at most. */
const REST_MS = 100;
const PRUNE_EVERY_MS = 60_000;

/** Goes through the handovers that have something to do, a transaction of each in turn. Nothing is kept in memory. */
@Injectable()
export class HandoverSweeper implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(HandoverSweeper.name);
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;
  private pruneAt = 0;

  constructor(private readonly handovers: HandoverService) {}

  onApplicationBootstrap(): void {
    this.running = this.run();
  }

  /** Ends after the transaction in work. */
  async onApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      const began = performance.now();
      const more = await this.look().catch(this.failed);
      const rest = more ? Math.min(REST_MS, (performance.now() - began) / 2) : EVERY_MS;
      await pause(rest, undefined, { signal }).catch(() => {});
    }
  }

  private async look(): Promise<boolean> {
    let more = false;
    for (const id of await this.handovers.due()) {
      if (this.stopping.signal.aborted) return false;
      // One that fails keeps no other waiting.
      more = (await this.handovers.step(id).catch(this.failed)) || more;
    }
    if (!more && performance.now() > this.pruneAt) {
      this.pruneAt = performance.now() + PRUNE_EVERY_MS;
      await this.handovers.prune();
    }
    return more;
  }

  private readonly failed = (error: unknown): false => {
    this.logger.error(error, 'a handover waits: a step failed and is repeated');
    return false;
  };
}
