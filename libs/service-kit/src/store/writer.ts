import { setTimeout as pause } from 'node:timers/promises';
import type { Actor } from '@voronka/contracts';
import {
  context,
  faultOf,
  outboxInsert,
  type Database,
  type MessageContext,
  type RecordedEvent,
  type Tracer,
} from '@voronka/messaging';
import type { Sight } from '../access/sight.js';
import { CrmRecord, type DomainEvent } from '../record.js';
import { Queue } from './queue.js';
import type { LoadedOf, Slots } from './slots.js';
import { asRows, hydrateToChange, tableOf, type RecordType } from './table.js';

/** How many use cases share one transaction at most. */
const BATCH = 128;
/** Milliseconds that fewer than FEW, who have come during a commit, wait for others. */
const GATHER = 2;
const FEW = 16;

/** Who carries events to the broker, told after a commit that they are there: they go at once, or with more that is written soon. */
export interface Outbox {
  wake(): void;
  wakeSoon(): void;
}

interface Job {
  readonly by: Actor;
  readonly sight: Sight;
  readonly slots: Slots;
  readonly rule: (records: never, now: Date) => DomainEvent[];
  readonly unhurried: boolean;
  readonly context: MessageContext;
  readonly done: (written: Written<Slots>) => void;
  readonly failed: (error: unknown) => void;
}

export interface Written<S extends Slots> {
  readonly records: LoadedOf<S>;
  readonly events: readonly DomainEvent[];
}

type Outcome = { job: Job; written: Written<Slots> } | { job: Job; error: unknown };
type Found = Map<RecordType, Map<string, CrmRecord<object>>>;

/**
 * Rolls a transaction back in which nobody has changed anything. A row that was locked makes a commit wait for the disk: from that time
 * one who is refused could tell a record that he may not know of from one that is not there.
 */
class NothingChanged extends Error {
  constructor(readonly outcomes: Outcome[]) {
    super('Nothing has changed');
  }
}
function outcomesOf(error: unknown): Outcome[] {
  if (error instanceof NothingChanged) return error.outcomes;
  throw error;
}

/**
 * The only code that changes a record. The use cases that wait at the same moment share one transaction: rows are locked
 * in the order of their ids, each rule is applied in memory in the order of arrival, and each table is written by one
 * statement, the outbox by another. A rule that refuses fails alone. Where the database refuses (a unique value taken),
 * everyone is tried again in a transaction of his own, so that only the one who caused it fails.
 *
 * Inside a transaction, as an event handler's is, a use case takes part in that one: what waits there at the same moment is
 * applied together as well, and leaves nothing behind where it fails.
 */
export class Writer {
  private readonly queue: Queue<Job> = new Queue<Job>(BATCH, async (jobs) => {
    await this.settled(jobs, (some) => this.commit(some));
    if (this.queue.length > 0 && this.queue.length < FEW) await pause(GATHER);
  });
  private readonly within = new WeakMap<object, Queue<Job>>();

  constructor(
    private readonly database: Database,
    private readonly source: string,
    private readonly now: () => Date,
    private readonly outbox: Outbox,
    private readonly tracer?: Tracer,
  ) {}

  write<S extends Slots>(
    by: Actor,
    sight: Sight,
    slots: S,
    rule: (records: LoadedOf<S>, now: Date) => DomainEvent[],
    { unhurried = false } = {},
  ): Promise<Written<S>> {
    return new Promise<Written<Slots>>((done, failed) => {
      const job = this.spanned({ by, sight, slots, rule, unhurried, context: context.get(), done, failed });
      const { transactionOpen } = this.database;
      (transactionOpen ? this.queueOf(transactionOpen) : this.queue).add(job);
    }) as Promise<Written<S>>;
  }

  /** From here until it is answered, the wait for its turn included; its events follow from this span. */
  private spanned(job: Job): Job {
    const span = this.tracer?.begin('write', job.context.traceparent);
    if (!span) return job;
    return {
      ...job,
      context: { ...job.context, traceparent: span.traceparent },
      done: (written) => {
        span.end();
        job.done(written);
      },
      failed: (error) => {
        span.end(faultOf(error));
        job.failed(error);
      },
    };
  }

  private queueOf(transaction: object): Queue<Job> {
    const queue =
      this.within.get(transaction) ??
      new Queue<Job>(BATCH, (jobs) => this.settled(jobs, (some) => this.takePart(some)));
    this.within.set(transaction, queue);
    return queue;
  }

  /** What cannot be done for all at once is done for each alone. */
  private async settled(jobs: Job[], write: (jobs: Job[]) => Promise<Outcome[]>): Promise<void> {
    try {
      settle(await write(jobs));
    } catch (error) {
      if (jobs.length === 1) jobs[0]?.failed(error);
      else for (const job of jobs) await this.settled([job], write);
    }
  }

  private async takePart(jobs: Job[]): Promise<Outcome[]> {
    const outcomes = await this.database.savepoint(() => this.apply(jobs));
    this.database.afterCommit(() => this.outbox.wake());
    return outcomes;
  }

  private async commit(jobs: Job[]): Promise<Outcome[]> {
    const outcomes = await this.database.transaction(() => this.applied(jobs)).catch(outcomesOf);
    if (jobs.every(({ unhurried }) => unhurried)) this.outbox.wakeSoon();
    else this.outbox.wake();
    return outcomes;
  }

  /** Where nothing has changed, throws what has become of each, so that the locks are given back and no disk is waited for. */
  private async applied(jobs: Job[]): Promise<Outcome[]> {
    const outcomes = await this.apply(jobs);
    if (outcomes.some((outcome) => 'written' in outcome && outcome.written.events.length > 0)) return outcomes;
    throw new NothingChanged(outcomes);
  }

  private async apply(jobs: Job[]): Promise<Outcome[]> {
    const found = await this.lock(jobs);
    const now = this.now();
    const loaded = new Set([...found.values()].flatMap((records) => [...records.values()]));
    const inserted = new Set<CrmRecord<object>>();
    const updated = new Set<CrmRecord<object>>();
    const removed = new Set<CrmRecord<object>>();
    const recorded: RecordedEvent[] = [];

    const outcomes = jobs.map((job): Outcome => {
      const kept = keep(job, found);
      try {
        const records = takeAll(job, found);
        const events = job.rule(records as never, now);
        for (const { record } of events) job.sight.requireResult(record, kept.get(record));
        for (const event of events) {
          const { record } = event;
          record.updatedAt = now;
          if (event.removes) removed.add(record);
          else if (loaded.has(record)) updated.add(record);
          else inserted.add(record);
          foundOf(found, record.constructor as RecordType).set(record.id, record);
          recorded.push(asRecorded(event, job, now));
        }
        return { job, written: { records: copies(records) as LoadedOf<Slots>, events } };
      } catch (error) {
        kept.forEach((before, record) => {
          Object.assign(record, before);
          CrmRecord.remember(record);
        });
        return { job, error };
      }
    });

    for (const record of removed) if (inserted.delete(record)) removed.delete(record);
    for (const record of removed) updated.delete(record);
    this.save('insert', inserted);
    this.save('update', updated);
    this.remove(removed);
    if (recorded.length > 0) this.database.send(outboxInsert(recorded, this.source));
    return outcomes;
  }

  private async lock(jobs: readonly Job[]): Promise<Found> {
    const wanted = new Map<RecordType, { update: Set<string>; share: Set<string> }>();
    for (const { slots } of jobs)
      for (const { type, ids, lock } of Object.values(slots)) {
        const ofType = wanted.get(type) ?? { update: new Set(), share: new Set() };
        wanted.set(type, ofType);
        ids.forEach((id) => ofType[lock].add(id));
      }
    const found: Found = new Map();
    // In the order of tables, and of ids within each, or two transactions could each hold what the other waits for.
    const inOrder = [...wanted]
      .filter(([, { update, share }]) => update.size + share.size > 0)
      .sort(([a], [b]) => (tableOf(a).name < tableOf(b).name ? -1 : 1));
    const answers = inOrder.map(([type, { update, share }]) => {
      const { name, selection } = tableOf(type);
      const lock = update.size > 0 ? 'update' : 'share';
      return this.database.query<{ id: string }>({
        name: `${name}:lock:${lock}`,
        text: `select ${selection} from "${name}" t where t.id = any($1::uuid[]) order by t.id for ${lock}`,
        values: [[...new Set([...update, ...share])]],
      });
    });
    for (const [i, { rows }] of (await Promise.all(answers)).entries()) {
      const type = inOrder[i]![0];
      const records = foundOf(found, type);
      for (const row of rows) records.set(row.id, hydrateToChange(type, row));
    }
    return found;
  }

  private save(statement: 'insert' | 'update', records: ReadonlySet<CrmRecord<object>>): void {
    for (const [type, ofType] of byType(records)) {
      const table = tableOf(type);
      const name = `${table.name}:${statement}`;
      this.database.send({ name, text: table[statement], values: [asRows(table, ofType)] });
    }
  }

  private remove(records: ReadonlySet<CrmRecord<object>>): void {
    for (const [type, ofType] of byType(records)) {
      const { name } = tableOf(type);
      const text = `delete from "${name}" where id = any($1)`;
      this.database.send({ name: `${name}:delete`, text, values: [ofType.map((record) => record.id)] });
    }
  }
}

function settle(outcomes: readonly Outcome[]): void {
  for (const outcome of outcomes) {
    if ('error' in outcome) outcome.job.failed(outcome.error);
    else outcome.job.done(outcome.written);
  }
}

function foundOf(found: Found, type: RecordType): Map<string, CrmRecord<object>> {
  let records = found.get(type);
  if (!records) found.set(type, (records = new Map()));
  return records;
}

/** What a use case named, as far as the one who acts may see it; refuses what he may see and not change. */
function takeAll({ slots, sight }: Job, found: Found): Record<string, unknown> {
  const above = (type: RecordType, id: string) => found.get(type)?.get(id);
  const seen =
    ({ type, lock, unseen }: Slots[string]) =>
    (id: string) => {
      const record = found.get(type)?.get(id);
      if (!record) return undefined;
      if (!sight.sees(record, above)) {
        sight.missed(record);
        return unseen?.(id);
      }
      if (lock === 'update') sight.requireChange(record);
      return record;
    };
  return Object.fromEntries(Object.entries(slots).map(([name, slot]) => [name, slot.take(seen(slot))]));
}

/** Takes down how the job's records are: a rule that refuses half-way leaves no trace, and what it may change is told by it. */
const keep = ({ slots }: Job, found: Found) =>
  new Map(
    Object.values(slots).flatMap(({ type, ids }) =>
      ids.flatMap((id) => {
        const record = found.get(type)?.get(id);
        return record ? [[record, copyOf(record)] as const] : [];
      }),
    ),
  );

/** What a use case returns is the record as its own rule left it, though a neighbour's rule may change it next. */
const copies = (records: Record<string, unknown>) =>
  Object.fromEntries(
    Object.entries(records).map(([name, value]) => [name, Array.isArray(value) ? value.map(copyOf) : copyOf(value)]),
  );
export const copyOf = <T>(value: T): T =>
  value instanceof CrmRecord ? (Object.assign(new (value.constructor as new () => object)(), value) as T) : value;

const asRecorded = (
  { declaration, record, version, data, occurredAt }: DomainEvent,
  job: Job,
  now: Date,
): RecordedEvent => ({
  declaration,
  recordId: record.id,
  version,
  data,
  occurredAt,
  recordedAt: now,
  actor: job.by.id,
  context: job.context,
});

function byType(records: ReadonlySet<CrmRecord<object>>): Map<RecordType, CrmRecord<object>[]> {
  const types = new Map<RecordType, CrmRecord<object>[]>();
  for (const record of records) {
    const type = record.constructor as RecordType;
    const ofType = types.get(type);
    if (ofType) ofType.push(record);
    else types.set(type, [record]);
  }
  return types;
}
