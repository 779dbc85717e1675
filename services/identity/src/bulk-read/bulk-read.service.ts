import { Injectable } from '@nestjs/common';
import type { Actor, Id, Reading } from '@voronka/contracts';
import { Clock, columns, Database, Directory, many, newId, Store } from '@voronka/service-kit';
import { RoleService } from '../role/role.service.js';
import { Session } from '../session/session.js';
import { UserService } from '../user/user.service.js';
import { BulkRead, isTooMuch } from './bulk-read.js';

const HOUSE: Actor = { id: 'system:identity', may: 'anything' };

interface Total {
  readonly personId: Id;
  readonly hour: Date;
  readonly rows: number;
}

/** Adds up what people are shown in all services, and notices who is shown too much. */
@Injectable()
export class BulkReadService {
  constructor(
    private readonly store: Store,
    private readonly database: Database,
    private readonly directory: Directory,
    private readonly clock: Clock,
    private readonly roles: RoleService,
    private readonly users: UserService,
  ) {}

  /** In the transaction that takes the readings down, so each counts once. */
  async add(readings: readonly Reading[]): Promise<void> {
    if (readings.length === 0) return;
    const organisation = await this.directory.now();
    for (const total of await this.totals(readings)) {
      const limit = organisation.rowsPerHour(total.personId);
      if (isTooMuch(total.rows, limit, total.hour, this.clock.now())) await this.notice(total, limit);
    }
  }

  /**
   * The sums are locked until the end of the transaction: of two who find one too high, one notices. Who adds first adds all he has:
   * a transaction takes several messages down, so two that add side by side would wait for each other's people.
   */
  private async totals(readings: readonly Reading[]): Promise<Total[]> {
    await this.database.turn('reading');
    await this.database.query({
      name: 'reading:forget',
      text: `delete from reading where hour < $1::timestamptz - interval '1 day'`,
      values: [this.clock.now()],
    });
    const { rows } = await this.database.query<Total>({
      name: 'reading:add',
      text: `insert into reading as r (hour, person_id, rows)
             select hour, person_id, sum(rows) from unnest($1::uuid[], $2::timestamptz[], $3::bigint[]) u (person_id, hour, rows)
             group by hour, person_id order by hour, person_id
             on conflict (hour, person_id) do update set rows = r.rows + excluded.rows
             returning person_id as "personId", hour, rows`,
      values: columns(readings, 'personId', 'hour', 'rows'),
    });
    return rows;
  }

  private async notice({ personId: userId, hour: startsAt, rows }: Total, rowsPerHour: number): Promise<void> {
    const { rowCount } = await this.database.query({
      name: 'bulk-read:noticed',
      text: 'select from bulk_read where user_id = $1 and starts_at = $2 and rows_per_hour = $3',
      values: [userId, startsAt, rowsPerHour],
    });
    if (rowCount > 0) return;
    const sessionsEnded = await this.stops(userId);
    const sessions = sessionsEnded ? await this.users.openSessions(userId) : [];
    const read = { userId, rows, rowsPerHour, startsAt, sessionsEnded };
    await this.store.write(HOUSE, { sessions: many(Session, sessions) }, ({ sessions }, now) => [
      ...BulkRead.notice(newId(), read, now),
      ...sessions.flatMap((session) => session.end(now)),
    ]);
  }

  /** Whether one of his roles says that his sessions end with it. */
  private async stops(userId: Id): Promise<boolean> {
    const [user] = await this.users.byIds(HOUSE, [userId]);
    const roles = await this.roles.byIds(HOUSE, user?.roleIds ?? []);
    return roles.some((role) => role?.endSessionOnBulkRead);
  }
}
