import { eventOf, type Received } from '@voronka/contracts';
import type { IncomingMessage } from './broker.js';
import { causedBy, context } from './context.js';
import { decode, typeOf } from './envelope.js';
import { noMeter, type Meter } from './meter.js';
import { recordOf } from './records.js';
import { aboutMessage, ended, inSpan, type Tracer } from './tracer.js';

/** A reaction is given one event, a projection the list of those that are to be applied; with the messages they came in. */
export type Handler = (given: Received | readonly Received[], messages: readonly IncomingMessage[]) => Promise<void>;

/** A message that was read as the event it brings. */
export interface Taken {
  readonly message: IncomingMessage;
  readonly event: Received;
}

/** What Nest is told of a handler beside the types it waits for. */
export interface HandlerExtras {
  readonly keeps?: readonly string[];
  readonly together?: boolean;
}

interface Reactions {
  readonly handlers: readonly Handler[];
  readonly together: boolean;
}
interface Reacting extends Reactions {
  readonly one: Taken;
}

/** A handler that does nothing but keep tables from events of some types. */
export interface Projection {
  readonly keeps: readonly string[];
  readonly types: Set<string>;
  readonly handler: Handler;
}

/** Reads a message. Throws UnreadableMessage where it is no event. */
export const taken = (message: IncomingMessage): Taken => ({ message, event: decode(message) });

/** Who in this service handles which type of event. Several may handle one type: they run in order of registration. */
export class Handlers {
  private readonly types = new Set<string>();
  private readonly reactions = new Map<string, Reactions>();
  private readonly kept = new Map<readonly string[], Projection>();

  constructor(
    private readonly meter: Meter = noMeter,
    private readonly tracer?: Tracer,
  ) {}

  /**
   * With `keeps`, the tables it keeps, the handler is a projection. One method waits for several types: it is known by
   * this very list, and called once for them all. Else it is a reaction, which may be one of those that go `together`.
   * Throws where the type is not declared: such a handler would wait for ever.
   */
  add(type: string, handler: Handler, { keeps, together = false }: HandlerExtras = {}): void {
    if (!eventOf(type)) throw new Error(`A handler waits for ${type}, which contracts do not declare.`);
    this.types.add(type);
    if (!keeps) {
      const before = this.reactions.get(type);
      this.reactions.set(type, {
        handlers: [...(before?.handlers ?? []), handler],
        together: together && (before?.together ?? true),
      });
      return;
    }
    const projection = this.kept.get(keeps);
    if (projection) projection.types.add(type);
    else this.kept.set(keeps, { keeps, types: new Set([type]), handler });
  }

  /** The projections, in order of registration. */
  get projections(): readonly Projection[] {
    return [...this.kept.values()];
  }

  get topics(): string[] {
    return [...new Set([...this.types].map((type) => eventOf(type)!.topic))];
  }

  wants(message: IncomingMessage): boolean {
    const type = typeOf(message);
    return type !== undefined && this.types.has(type);
  }

  /**
   * Runs in the present transaction what is to be done with these events, in their order: projections first, each once
   * with all that is for it, then the reactions, event by event but for those that go together. Throws what the first failing
   * one throws, when none is under way any more.
   */
  async apply(all: readonly Taken[]): Promise<void> {
    for (const projection of this.kept.values()) {
      const own = all.filter(({ event }) => projection.types.has(event.type));
      if (own.length > 0) await this.keep(projection, own);
    }
    const together: Reacting[] = [];
    for (const one of all) {
      const reactions = this.reactions.get(one.event.type);
      if (!reactions) continue;
      if (reactions.together) together.push({ one, ...reactions });
      else {
        await this.reactTogether(together.splice(0));
        await this.react(reactions.handlers, one);
      }
    }
    await this.reactTogether(together);
  }

  /** To events of different records at the same time, to those of one in their order. */
  private async reactTogether(reacting: readonly Reacting[]): Promise<void> {
    const ends = new Map<string, Promise<void>>();
    for (const { one, handlers } of reacting) {
      const record = recordOf(one.message);
      const react = () => this.react(handlers, one);
      ends.set(record, ends.get(record)?.then(react) ?? react());
    }
    const failed = (await Promise.allSettled(ends.values())).find(({ status }) => status === 'rejected');
    if (failed) throw (failed as PromiseRejectedResult).reason;
  }

  private keep({ handler }: Projection, own: readonly Taken[]): Promise<void> {
    const types = new Set(own.map(({ event }) => event.type));
    return this.spanned(own, () =>
      this.metered(types, () =>
        handler(
          own.map(({ event }) => event),
          own.map(({ message }) => message),
        ),
      ),
    );
  }

  private react(handlers: readonly Handler[], { event, message }: Taken): Promise<void> {
    return context.run(causedBy(event), () =>
      inSpan(this.tracer, { name: `handle ${event.type}`, role: 'consumer', about: aboutOf(event) }, () =>
        this.metered([event.type], async () => {
          for (const handler of handlers) await handler(event, [message]);
        }),
      ),
    );
  }

  /** What is done once for many events is a span in the trace of each. */
  private spanned(own: readonly Taken[], work: () => Promise<void>): Promise<void> {
    const { tracer } = this;
    if (!tracer) return work();
    const spans = own.flatMap(
      ({ event }) => tracer.begin(`keep ${event.type}`, event.traceparent, 'consumer', aboutOf(event)) ?? [],
    );
    return ended(spans, work);
  }

  private async metered(types: Iterable<string>, work: () => Promise<void>): Promise<void> {
    const began = performance.now();
    const told = (outcome: 'done' | 'failed') => {
      const seconds = (performance.now() - began) / 1000;
      for (const type of types) this.meter.handled(type, seconds, outcome);
    };
    try {
      await work();
      told('done');
    } catch (error) {
      told('failed');
      throw error;
    }
  }
}

const aboutOf = ({ id, topic, subject }: Received) => aboutMessage(id, topic, subject);
