import {
  CoverArranged,
  CoverEnded,
  DomainError,
  personOf,
  type Actor,
  type CoverState,
  type Id,
} from '@voronka/contracts';
import { CrmRecord, type DomainEvent } from '@voronka/service-kit/record';
import { Column, Entity } from 'typeorm';

/** Who is away, who stands in for him, from when (null for now) and until when. */
export interface CoverContent {
  readonly ownerId: Id;
  readonly substituteId: Id;
  readonly startsAt: Date | null;
  readonly endsAt: Date;
}

/** Milliseconds a cover lasts at most: who is away for longer hands his work over. */
const LONGEST = 366 * 24 * 3600 * 1000;

/**
 * Somebody stands in for a person who is absent: as long as it lasts he does with that person's records what he may do with
 * his own, and afterwards they are the other's alone again, without anybody's doing. They never change their owner.
 */
@Entity('cover')
export class Cover extends CrmRecord<CoverState> {
  /** The absent person. */
  @Column('uuid') ownerId: Id;
  @Column('uuid') substituteId: Id;
  @Column('timestamptz') startsAt: Date;
  @Column('timestamptz') endsAt: Date;

  state(): CoverState {
    const { id, ownerId, substituteId, startsAt, endsAt } = this;
    return { id, ownerId, substituteId, startsAt: startsAt.toISOString(), endsAt: endsAt.toISOString() };
  }

  /** Refuses with `INVALID_VALUE` who would stand in for himself, and with `INVALID_DATE` what ends before it begins, is over, or lasts above a year. */
  static arrange(
    id: Id,
    { ownerId, substituteId, endsAt, ...content }: CoverContent,
    by: Actor,
    at: Date,
  ): DomainEvent[] {
    if (ownerId === substituteId)
      throw new DomainError('INVALID_VALUE', 'Nobody stands in for himself. Name somebody else.', 'input.substituteId');
    const startsAt = content.startsAt ?? at;
    if (endsAt <= startsAt || endsAt <= at)
      throw new DomainError(
        'INVALID_DATE',
        'This ends before it begins, or is over. Name a later time.',
        'input.endsAt',
      );
    if (+endsAt - +startsAt > LONGEST)
      throw new DomainError('INVALID_DATE', 'A cover lasts a year at most. Name an earlier time.', 'input.endsAt');
    const cover = CrmRecord.born(Cover, id, personOf(by), at);
    Object.assign(cover, { ownerId, substituteId, startsAt, endsAt });
    return [cover.say(CoverArranged, {}, at)];
  }

  /** The person is back already, or does not go. Nothing where it is over. */
  end(at: Date): DomainEvent[] {
    if (this.endsAt <= at) return [];
    this.endsAt = at < this.startsAt ? this.startsAt : at;
    return [this.say(CoverEnded, {}, at)];
  }
}
