import { eventOf } from '@voronka/contracts';
import { Readings } from './readings.js';
import type { RebuildProgress, Rebuilt } from './rebuild-progress.js';
import { RebuildRun, type RebuildOptions } from './rebuild-run.js';
import { RebuildSchema } from './rebuild-schema.js';
import { RebuildFailure, RebuildSession } from './rebuild-session.js';

/**
 * Builds a service's projections anew from the topics, beside those that the service goes on keeping, and puts them in
 * their place. It gathers the handlers as the event bus does, and runs the projections alone.
 */
export class RebuildingBus extends Readings {
  constructor(private readonly options: RebuildOptions) {
    super();
  }

  override unwrap<T>(): T {
    return this.options.broker as T;
  }

  /**
   * To the end, and tells about once a second how far it is. Throws RebuildFailure where it cannot be, or once `signal`
   * is given; then nothing of the service was changed, and nothing is left behind.
   */
  async rebuild(tell: (progress: RebuildProgress) => void, signal: AbortSignal): Promise<Rebuilt> {
    const { projections } = this.handlers;
    const tables = [...new Set(projections.flatMap(({ keeps }) => keeps))].sort();
    const types = projections.flatMap((projection) => [...projection.types]);
    const topics = [...new Set(types.map((type) => eventOf(type)!.topic))].sort();
    if (tables.length === 0) throw new RebuildFailure(`${this.options.service} keeps no projections.`);
    const session = await RebuildSession.open(this.options.database);
    try {
      const schema = new RebuildSchema(session, tables);
      await schema.require();
      return await new RebuildRun(this.options, this.handlers, { session, schema, topics }).toTheEnd(tell, signal);
    } finally {
      await session.close();
    }
  }
}
