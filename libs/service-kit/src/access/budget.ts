import { DomainError, type Actor, type Id, type Reading } from '@voronka/contracts';
import type { Clock } from '../clock.js';
import type { Organisation } from './organisation.js';

const HOUR_MS = 60 * 60 * 1_000;
/** Readings of one message. */
const TOLD = 500;

/**
 * How many records each person was shown in this hour, by the clock: here, and by what identity announces everywhere. What
 * other processes have shown him is known once it makes his budget spent, within about two seconds.
 */
export class Budgets {
  private hour = 0;
  private shown = new Map<Id, number>();
  private untold = new Map<Id, number>();
  /** Of the hour before, what was not told when it ended. */
  private late: Reading[] = [];

  constructor(private readonly clock: Clock) {}

  /** Refuses with `BUDGET_SPENT`, and when it opens again, who was shown as many records in this hour as his roles let him. */
  require({ id }: Pick<Actor, 'id'>, organisation: Organisation): void {
    const limit = organisation.rowsPerHour(id);
    if (limit === null) return;
    this.turn();
    if (Math.max(this.shown.get(id) ?? 0, organisation.rowsRead(id)) < limit) return;
    const opens = new Date(this.hour + HOUR_MS).toISOString().slice(11, 16);
    throw new DomainError(
      'BUDGET_SPENT',
      `You have read ${limit} records in this hour, as many as your roles let you. Go on at ${opens} UTC, or ask an administrator for more.`,
    );
  }

  /** Takes down that he was shown so many. */
  count({ id }: Pick<Actor, 'id'>, rows: number): void {
    if (rows === 0) return;
    this.turn();
    this.shown.set(id, (this.shown.get(id) ?? 0) + rows);
    this.untold.set(id, (this.untold.get(id) ?? 0) + rows);
  }

  /** What was shown to whom since this was last asked. */
  take(): Reading[] {
    const told = [...this.late, ...this.readings()];
    this.late = told.slice(TOLD);
    this.untold = new Map();
    return told.slice(0, TOLD);
  }

  private readings(): Reading[] {
    const hour = new Date(this.hour).toISOString();
    return [...this.untold].map(([personId, rows]) => ({ personId, hour, rows }));
  }

  private turn(): void {
    const now = this.clock.now().getTime();
    if (now >= this.hour && now < this.hour + HOUR_MS) return;
    // What has not been told for an hour nobody needs to know any more.
    this.late = this.readings();
    this.hour = Math.floor(now / HOUR_MS) * HOUR_MS;
    this.shown = new Map();
    this.untold = new Map();
  }
}
