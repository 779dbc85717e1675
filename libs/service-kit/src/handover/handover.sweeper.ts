import { Injectable, Logger } from '@nestjs/common';
import { Rounds } from '../service/rounds.js';
import { HandoverService } from './handover.service.js';

/** How often it is looked whether there is something to hand over. */
const EVERY_MS = 500;
/** After its transactions others have the machine for half as long as they took, milliseconds at most. */
const REST_MS = 100;
const PRUNE_EVERY_MS = 60_000;

/** Goes through the handovers that have something to do, a transaction of each in turn. Nothing is kept in memory. */
@Injectable()
export class HandoverSweeper extends Rounds {
  private readonly logger = new Logger(HandoverSweeper.name);
  private pruneAt = 0;

  constructor(private readonly handovers: HandoverService) {
    super();
  }

  protected async round(): Promise<number> {
    const began = performance.now();
    const more = await this.look().catch(this.failed);
    return more ? Math.min(REST_MS, (performance.now() - began) / 2) : EVERY_MS;
  }

  private async look(): Promise<boolean> {
    let more = false;
    for (const id of await this.handovers.due()) {
      if (this.stops) return false;
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
