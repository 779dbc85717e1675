import { Injectable, Logger } from '@nestjs/common';
import type { Actor, Id } from '@voronka/contracts';
import { Clock, Database, maybe, Rounds, Store, type DomainEvent } from '@voronka/service-kit';
import { Activity } from '../activity/activity.js';

/** How often due rows are looked for; with the write it keeps an announcement within a second of its time. */
const EVERY_MS = 250;
/** Rows of one look; where there are more, the next look follows at once. */
const ROWS = 500;
const SWEEPER: Actor = { id: 'system:tasks', may: 'anything' };

/** What can come due, and the rule that announces it once. Both queries read partial indexes that hold only what is to come. */
const watches: { name: string; due: string; rule: (activity: Activity, now: Date) => DomainEvent[] }[] = [
  {
    name: 'reminder:to-remind',
    due: `reminded_at is null and remind_at <= $1 order by remind_at`,
    rule: (activity, now) => activity.remind(now),
  },
  {
    name: 'reminder:to-fall-due',
    due: `overdue_since is null and due_at < $1 order by due_at`,
    rule: (activity, now) => activity.fallDue(now),
  },
];

/**
 * Announces reminders that came due and activities that passed their due time. The rows are the truth: nothing is kept in
 * memory, so a restart loses nothing. Several instances may find the same row; the rule runs under its lock and announces
 * only what nobody has announced yet.
 */
@Injectable()
export class ReminderService extends Rounds {
  private readonly logger = new Logger(ReminderService.name);

  constructor(
    private readonly store: Store,
    private readonly database: Database,
    private readonly clock: Clock,
  ) {
    super(EVERY_MS);
  }

  protected async round(): Promise<number> {
    const more = await this.sweep().catch((error: unknown) => {
      this.logger.error(error, 'reminders wait: the sweep failed and is tried again');
      return false;
    });
    return more ? 0 : EVERY_MS;
  }

  /** One look at everything that is due. Answers whether there may be more. */
  private async sweep(): Promise<boolean> {
    const now = this.clock.now();
    let more = false;
    for (const { name, due, rule } of watches) {
      const { rows } = await this.database.query<{ id: Id }>({
        name,
        // eslint-disable-next-line voronka/reads-within-reach -- by the clock, whoever's they are
        text: `select id from activity where status = 'PLANNED' and ${due} limit ${ROWS}`,
        values: [now],
      });
      // All at once, so that they share transactions.
      await Promise.all(
        rows.map(({ id }) =>
          this.store.write(SWEEPER, { activity: maybe(Activity, id) }, ({ activity }, at) =>
            activity ? rule(activity, at) : [],
          ),
        ),
      );
      more ||= rows.length === ROWS;
    }
    return more;
  }
}
