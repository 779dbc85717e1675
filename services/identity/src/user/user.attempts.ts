import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DomainError } from '@voronka/contracts';
import { Clock, Database } from '@voronka/service-kit';

/** What guesses are counted by, and how many may go wrong there before one has to wait. */
export interface Door {
  readonly name: string;
  readonly free: number;
}

const LONGEST_WAIT_S = 15 * 60;
const KEPT_MS = 24 * 60 * 60 * 1000;

/**
 * Guesses at secrets that people choose or type, counted in the database and so for all instances together. A wrong one
 * counts at each of its doors; from the last free one on, a door is shut for a second, then for two, four, up to a quarter
 * of an hour, and nobody is let in there, right or wrong. A day after the last wrong one it is forgotten.
 */
@Injectable()
export class Attempts {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /**
   * Looks by `prove` whether a secret is right. A refusal that it answers means a wrong one, and is thrown; one that it throws
   * counts neither way. Where a door is shut, refuses with `TOO_MANY_ATTEMPTS`. What is right makes good what went wrong at
   * the first door, and not what strangers did at the others.
   */
  async at<T>(doors: readonly Door[], prove: () => Promise<T | DomainError>): Promise<T> {
    const now = this.clock.now();
    await this.requireOpen(doors, now);
    const proven = await prove();
    // Of many who guess at the same moment, those who come after the door was shut learn nothing either.
    await this.requireOpen(doors, now);
    if (proven instanceof DomainError) {
      await this.count(doors, now);
      throw proven;
    }
    await this.forget(doors.slice(0, 1));
    return proven;
  }

  private async requireOpen(doors: readonly Door[], now: Date): Promise<void> {
    const { rows } = await this.database.query<{ until: Date | null }>({
      name: 'failed-attempt:wait',
      text: 'select max(waits_until) as until from failed_attempt where door = any($1::bytea[]) and waits_until > $2',
      values: [doors.map(digest), now],
    });
    const until = rows[0]?.until;
    if (!until) return;
    const seconds = Math.ceil((until.getTime() - now.getTime()) / 1000);
    throw new DomainError('TOO_MANY_ATTEMPTS', `Too many attempts went wrong here. Try again in ${seconds} s.`);
  }

  /** `beyond` is how many went wrong beyond those that are free, and so begins below zero. */
  private async count(doors: readonly Door[], now: Date): Promise<void> {
    await this.database.query({
      name: 'failed-attempt:count',
      text: `insert into failed_attempt as f (door, beyond, waits_until, forgotten_at)
             select door, 1 - free, $3, $4 from unnest($1::bytea[], $2::int[]) as given(door, free) order by door
             on conflict (door) do update set (beyond, waits_until, forgotten_at) = (
               select n, $3 + case when n < 0 then 0 else least($5, 2 ^ least(n, 20)) end * interval '1 second', $4
               from (select case when f.forgotten_at <= $3 then excluded.beyond else f.beyond + 1 end) as counted(n))
             where f.waits_until <= $3`,
      values: [
        doors.map(digest),
        doors.map(({ free }) => free),
        now,
        new Date(now.getTime() + KEPT_MS),
        LONGEST_WAIT_S,
      ],
    });
    await this.database.query({
      name: 'failed-attempt:prune',
      text: `delete from failed_attempt where door in (
               select door from failed_attempt where forgotten_at <= $1 order by forgotten_at limit 10 for update skip locked)`,
      values: [now],
    });
  }

  private async forget(doors: readonly Door[]): Promise<void> {
    await this.database.query({
      name: 'failed-attempt:forget',
      text: 'delete from failed_attempt where door = any($1::bytea[])',
      values: [doors.map(digest)],
    });
  }
}

/** A door is named after what people type, which may be a secret in the wrong field. */
const digest = ({ name }: Door): Buffer => createHash('sha256').update(name).digest();
