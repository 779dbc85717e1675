import {
  AUDIT_DETAIL,
  AuditNoted,
  type AuditEntry,
  type DataOf,
  type DomainError,
  type ErrorCode,
  type Reading,
} from '@voronka/contracts';
import {
  atMost,
  context,
  headersOf,
  outboxInsert,
  type Database,
  type OutgoingMessage,
  type Publisher,
  type RecordedEvent,
} from '@voronka/messaging';
import type { Logger } from 'pino';
import { v7 } from 'uuid';
import type { Budgets } from '../access/budget.js';
import type { Clock } from '../clock.js';
import type { Asker } from '../graphql/context.js';

/** Milliseconds that entries wait for others. */
const EVERY = 500;
/** Entries of one message. */
const BATCH = 200;
/** Entries that wait at most, while the broker is away: some five megabytes. */
const KEPT = 10_000;
/** So many of the oldest are given up at once. */
const GIVEN_UP = 1_000;

/** What an entry says beside who and when. */
export type Told = Omit<AuditEntry, 'at' | 'sessionId' | 'keyId' | 'correlationId'>;

/** Refusals that tell of what somebody wanted and may not, rather than of a slip. */
const telling: readonly ErrorCode[] = [
  'UNAUTHENTICATED',
  'SESSION_ENDED',
  'FORBIDDEN',
  'GRANT_TOO_WIDE',
  'BUDGET_SPENT',
  'LAST_ADMINISTRATOR',
  'TOO_MANY_ATTEMPTS',
];

/** How somebody fails to prove who he is. */
const unproven: readonly ErrorCode[] = [
  ...(['INVALID_CREDENTIALS', 'WRONG_CODE', 'SIGN_IN_REFUSED', 'EMAIL_NOT_VERIFIED', 'GROUP_NOT_MAPPED'] as const),
];

export interface AuditOptions {
  readonly service: string;
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How much was shown to whom travels with the entries. */
  readonly budgets: Pick<Budgets, 'take'>;
  /** Called after entries were left in the outbox. */
  readonly published: () => void;
  /** How many wait at most; 10,000 unless told. */
  readonly kept?: number;
}

/**
 * Takes down who looked at what in this process, and tells it to identity, which keeps the log. Reads wait for nothing: an
 * entry is put on a heap in memory, which goes to the broker in batches, and a process that is killed loses the last half
 * second. While the broker is away the oldest entries are given up, and how many those were is an entry of its own. What
 * must not be lost goes through the outbox (`surely`).
 */
export class Audit {
  private waiting: AuditEntry[] = [];
  private lost = 0;
  /** Lost since the process began. */
  lostInAll = 0;
  /** Its messages are numbered, so that one that is missing shows as a gap. */
  private readonly subject = v7();
  private told = 0;
  private parcel: OutgoingMessage | undefined;
  private sending: Promise<void> | undefined;
  private publisher: Publisher | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: AuditOptions) {}

  /** Costs two microseconds or three, and never fails. */
  note(by: Asker | null, told: Told): void {
    this.waiting.push(this.entry(by, told));
    const { kept = KEPT } = this.options;
    if (this.waiting.length <= kept) return;
    if (this.lost === 0) this.options.logger.warn('Entries of the audit are lost: the broker does not take them');
    const gone = this.waiting.splice(0, Math.min(GIVEN_UP, kept)).length;
    this.lost += gone;
    this.lostInAll += gone;
  }

  /** The same through the outbox: it is there once this resolves, in the transaction that is open, if one is. */
  async surely(by: Asker | null, told: Told): Promise<void> {
    const { database, service, published } = this.options;
    const entry = this.entry(by, told);
    await database.query(outboxInsert([this.event(v7(), 1, [entry])], service));
    if (database.inTransaction) database.afterCommit(published);
    else published();
  }

  /** What was refused, where that tells something. Who did not prove who he is is taken down surely. */
  async refused(by: Asker | null, error: DomainError, operation: string, address: string | null): Promise<void> {
    const { code, about } = error;
    const told = { code, detail: operation, ...about, ...(address !== null && { address }) };
    if (unproven.includes(code)) await this.surely(by, { ...told, action: 'SIGN_IN_FAILED' });
    else if (telling.includes(code)) this.note(by, { ...told, action: 'REFUSED' });
  }

  /** Begins to tell. The topic must be there. */
  start(publisher: Publisher): void {
    this.publisher = publisher;
    this.timer = setInterval(() => void this.flush(), EVERY).unref();
  }

  /** Tells what waits; resolves when it is told, or the broker did not take it: then it waits on. */
  flush(): Promise<void> {
    this.sending ??= this.send().finally(() => (this.sending = undefined));
    return this.sending;
  }

  /** Tells what waits, within two seconds. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await atMost(
      2_000,
      this.flush().then(() => this.flush()),
    );
    await this.publisher?.close();
    this.publisher = undefined;
  }

  private async send(): Promise<void> {
    try {
      while (this.publisher && (this.parcel ??= this.next())) {
        await this.publisher.send([this.parcel]);
        this.parcel = undefined;
      }
    } catch (err) {
      // It keeps its number and its id, so that it counts once, whether it arrived or not.
      this.options.logger.debug({ err }, 'The audit waits for the broker');
    }
  }

  private next(): OutgoingMessage | undefined {
    const { lost } = this;
    this.lost = 0;
    const all = lost > 0 ? [this.entry(null, { action: 'ENTRIES_LOST', rows: lost })] : [];
    all.push(...this.waiting.splice(0, BATCH));
    const readings = this.options.budgets.take();
    if (all.length + readings.length === 0) return undefined;
    const event = this.event(this.subject, ++this.told, all, readings);
    const ctx = { ...context.get(), causationId: null };
    return {
      topic: AuditNoted.topic,
      key: this.subject,
      headers: headersOf(v7(), event, this.options.service, ctx),
      value: JSON.stringify(event.data),
    };
  }

  private entry(by: Asker | null, told: Told): AuditEntry {
    const entry: AuditEntry = {
      at: this.options.clock.now().toISOString(),
      correlationId: context.get().correlationId,
      ...told,
    };
    if (by) {
      entry.personId = by.id;
      if (by.sessionId) entry.sessionId = by.sessionId;
      if (by.key) entry.keyId = by.key.id;
    }
    if (told.detail && told.detail.length > AUDIT_DETAIL) entry.detail = told.detail.slice(0, AUDIT_DETAIL);
    return entry;
  }

  private event(recordId: string, version: number, entries: AuditEntry[], readings: Reading[] = []): RecordedEvent {
    const { service, clock } = this.options;
    const data: DataOf<typeof AuditNoted> = { audit: { service, entries, readings } };
    const now = clock.now();
    const about = { declaration: AuditNoted, recordId, version, data };
    return { ...about, occurredAt: now, recordedAt: now, actor: `system:${service}` };
  }
}
