import { eventOf, type Received } from '@voronka/contracts';
import type { IncomingMessage } from './broker.js';
import { context } from './context.js';
import { decode, typeOf } from './envelope.js';
import { noMeter, type Meter } from './meter.js';

export type Handler = (event: Received, message: IncomingMessage) => Promise<void>;

/** Who in this service handles which type of event. Several may handle one type: they run in order of registration. */
export class Handlers {
  private readonly byType = new Map<string, Handler[]>();

  constructor(private readonly meter: Meter = noMeter) {}

  /** Throws where the type is not declared: such a handler would wait for ever. */
  add(type: string, handler: Handler): void {
    if (!eventOf(type)) throw new Error(`A handler waits for ${type}, which contracts do not declare.`);
    const others = this.byType.get(type);
    if (others) others.push(handler);
    else this.byType.set(type, [handler]);
  }

  get topics(): string[] {
    return [...new Set([...this.byType.keys()].map((type) => eventOf(type)!.topic))];
  }

  wants(message: IncomingMessage): boolean {
    const type = typeOf(message);
    return type !== undefined && this.byType.has(type);
  }

  /** Reads the event and runs its handlers in the present transaction. Throws what the first failing one throws. */
  async apply(message: IncomingMessage): Promise<void> {
    const event = decode(message);
    const { correlationId, id: causationId, actor, traceparent } = event;
    await context.run({ correlationId, causationId, actor, traceparent }, async () => {
      const handlers = this.byType.get(event.type) ?? [];
      const began = performance.now();
      const told = (outcome: 'done' | 'failed') =>
        handlers.length > 0 && this.meter.handled(event.type, (performance.now() - began) / 1000, outcome);
      try {
        for (const handler of handlers) await handler(event, message);
        told('done');
      } catch (error) {
        told('failed');
        throw error;
      }
    });
  }
}
