import type { Batch, IncomingMessage } from './broker.js';
import type { Database } from './database.js';
import { eventIdOf, typeOf } from './envelope.js';
import { kindOf, sentenceOf } from './failure.js';
import { taken, type Handlers, type Taken } from './handlers.js';
import { decide } from './rebuild-decision.js';
import { RebuildRecords, type Waiting } from './rebuild-records.js';
import { RebuildFailure } from './rebuild-session.js';
import { recordOf, versionOf } from './records.js';

/** Attempts at a batch that fails by what may pass before the rebuild is given up. */
const ATTEMPTS = 5;

/** Fills the copies from batches of the topics. Its database looks for tables in the schema of the copies first. */
export class RebuildIntake {
  /** Set once a batch can never be taken. */
  failure: RebuildFailure | undefined;

  private readonly types: ReadonlySet<string>;
  private readonly records: RebuildRecords;
  private turn: Promise<unknown> = Promise.resolve();
  private attempts = 0;
  /** Whether any message may wait: mostly none does, and nobody needs to look. */
  private mayWait = false;

  constructor(
    private readonly database: Database,
    private readonly handlers: Handlers,
    run: string,
  ) {
    this.types = new Set(handlers.projections.flatMap(({ types }) => [...types]));
    this.records = new RebuildRecords(database, run);
  }

  /** Rejects where the batch has to come again. */
  async take(batch: Batch): Promise<void> {
    const messages = batch.messages.filter((message) => versionOf(message) !== undefined);
    if (messages.length === 0) return;
    await this.alone(() =>
      this.applied(messages, (later) => {
        this.mayWait ||= later.length > 0;
        return this.records.wait(later);
      }),
    );
  }

  /**
   * Applies of what waits whatever can be applied now. Those up to `complete` need not wait for earlier ones: since they
   * began to wait everything was read that could hold some.
   */
  async sweep(complete = 0): Promise<void> {
    for (let more = this.mayWait; more;) more = await this.alone(() => this.swept(complete));
  }

  /** The last of the messages that wait; 0 where none does. */
  lastWaiting(): Promise<number> {
    return this.mayWait ? this.records.lastWaiting() : Promise.resolve(0);
  }

  /** What messages wait for; it `blocks` the rebuild unless the service's own next step frees them. */
  waitsFor(): Promise<{ sentence: string | null; blocks: boolean }> {
    return this.mayWait ? this.records.waitsFor() : Promise.resolve({ sentence: null, blocks: false });
  }

  /** Runs `work` while nothing is applied. */
  quiet<T>(work: () => Promise<T>): Promise<T> {
    const result = this.turn.then(work);
    this.turn = result.catch(() => {});
    return result;
  }

  private async swept(complete: number): Promise<boolean> {
    const ready = await this.records.ready(complete);
    if (ready.length === 0) {
      this.mayWait = (await this.records.lastWaiting()) > 0;
      return false;
    }
    const leave = (later: readonly Waiting[]) => {
      const stay = new Set(later);
      return this.records.leave(ready.filter((message) => !stay.has(message)));
    };
    await this.applied(ready, leave, ({ id }) => id <= complete);
    return true;
  }

  /**
   * Decides on messages in their order, applies what is to be applied and hands over what waits, in one transaction.
   * Those that have waited already bring along whether they are complete.
   */
  private async applied<M extends IncomingMessage>(
    messages: readonly M[],
    keep: (later: readonly M[]) => Promise<void>,
    isComplete?: (message: M) => boolean,
  ): Promise<void> {
    const work = (apply: (all: readonly Taken[]) => Promise<void>) =>
      this.database.transaction(async () => {
        await this.records.requireMine();
        const places = await this.records.places(messages);
        if (isComplete) for (const place of places.values()) place.queued = false;
        const fates = await this.records.fates(messages);
        const now: Taken[] = [];
        const later: M[] = [];
        for (const message of messages) {
          const wanted = this.types.has(typeOf(message)!);
          const fate = fates.get(eventIdOf(message)!);
          const place = places.get(recordOf(message))!;
          const decision = decide(versionOf(message)!, wanted, fate, place, isComplete?.(message));
          if (decision === 'apply') now.push(read(message));
          else if (decision === 'wait') later.push(message);
        }
        if (now.length > 0) {
          await apply(now);
          await this.records.requireNoStrayWrites();
        }
        await keep(later);
        await this.records.save(places);
      });
    try {
      await work((all) => this.keepAll(all));
    } catch (error) {
      if (error instanceof RebuildFailure) throw error;
      await work((all) => this.keepApart(all));
    }
    this.attempts = 0;
  }

  private async keepAll(all: readonly Taken[]): Promise<void> {
    for (const { types, handler } of this.handlers.projections) {
      const own = all.filter(({ event }) => types.has(event.type));
      if (own.length === 0) continue;
      await handler(
        own.map(({ event }) => event),
        own.map(({ message }) => message),
      );
    }
  }

  /** What failed together is done once more one by one, so that the one to blame can be named. */
  private async keepApart(all: readonly Taken[]): Promise<void> {
    for (const one of all) {
      try {
        await this.keepAll([one]);
      } catch (error) {
        this.attempts += 1;
        if (kindOf(error) === 'transient' && this.attempts < ATTEMPTS) throw error;
        throw unkeepable(one.message, error);
      }
    }
  }

  /** One at a time, since a record's messages may come from two partitions and from those that wait. */
  private async alone<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await this.quiet(() => this.database.outside(work));
    } catch (error) {
      if (error instanceof RebuildFailure) this.failure ??= error;
      throw error;
    }
  }
}

function read(message: IncomingMessage): Taken {
  try {
    return taken(message);
  } catch (error) {
    throw unkeepable(message, error);
  }
}

const unkeepable = (message: IncomingMessage, error: unknown) =>
  new RebuildFailure(
    `Event ${eventIdOf(message)} (${typeOf(message)}, ${recordOf(message)}, version ${versionOf(message)}) cannot be kept: ${sentenceOf(error)}`,
  );
