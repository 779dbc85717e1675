import { BulkReadNoticed, type BulkReadState, type Id } from '@voronka/contracts';
import { CrmRecord, type DomainEvent } from '@voronka/service-kit/record';
import { Column, Entity } from 'typeorm';

const HOUR_MS = 60 * 60 * 1_000;

/**
 * Somebody was shown more records within an hour than his roles let him: he reads no more until the hour ends, in any
 * service. Noticed once for each budget that he exceeds.
 */
@Entity('bulk_read')
export class BulkRead extends CrmRecord<BulkReadState> {
  static readonly guarding = 'ours';
  @Column('uuid') userId: Id;
  /** As many as had been told when it was noticed. */
  @Column('integer') rows: number;
  @Column('integer') rowsPerHour: number;
  @Column('timestamptz') startsAt: Date;
  @Column('boolean') sessionsEnded: boolean;

  state(): BulkReadState {
    const { id, userId, rows, rowsPerHour, sessionsEnded } = this;
    const endsAt = new Date(this.startsAt.getTime() + HOUR_MS);
    return {
      ...{ id, userId, rows, rowsPerHour, sessionsEnded },
      ...{ startsAt: this.startsAt.toISOString(), endsAt: endsAt.toISOString() },
    };
  }

  static notice(
    id: Id,
    read: Pick<BulkRead, 'userId' | 'rows' | 'rowsPerHour' | 'startsAt' | 'sessionsEnded'>,
    now: Date,
  ): DomainEvent[] {
    const noticed = Object.assign(CrmRecord.born(BulkRead, id, null, now), read);
    return [noticed.say(BulkReadNoticed, {}, now)];
  }
}

/** Whether so many records of an hour that began then are too many now. */
export const isTooMuch = (rows: number, rowsPerHour: number | null, hour: Date, now: Date): rowsPerHour is number =>
  rowsPerHour !== null && rows >= rowsPerHour && now.getTime() < hour.getTime() + HOUR_MS;
