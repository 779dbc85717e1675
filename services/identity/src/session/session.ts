import { DomainError, SessionEnded, SessionStarted, type Id, type SessionState } from '@voronka/contracts';
import { CrmRecord, type DomainEvent } from '@voronka/service-kit/record';
import { Column, Entity } from 'typeorm';
import type { User } from '../user/user.js';

/** How long a session lasts from sign-in, refreshed or not. */
export const SESSION_DAYS = 30;
const DAY_MS = 24 * 60 * 60 * 1000;

/** By what somebody has shown who he is. */
export interface Proof {
  /** The hash his password was verified against; null where the organisation's own sign-in vouches for him. */
  readonly passwordHash: string | null;
  readonly secondFactor: boolean;
}

/** The one answer to a wrong mail, a wrong password and someone who may not sign in. */
export const wrongCredentials = () =>
  new DomainError('INVALID_CREDENTIALS', 'Mail or password are wrong. Check both and try again.');

/**
 * Somebody's time signed in on one device: from sign-in until sign-out, until it is revoked, until he is deactivated or
 * has another password, or for 30 days. An ended session is refused everywhere and does not come back.
 */
@Entity('session')
export class Session extends CrmRecord<SessionState> {
  static readonly guarding = 'ours';
  @Column('uuid') userId: Id;
  @Column('timestamptz') endsAt: Date;
  @Column('boolean') ended: boolean;
  /** Whether it began with a second factor. */
  @Column('boolean') secondFactor: boolean;
  static readonly recalled = () => ({ secondFactor: false });

  state(): SessionState {
    const { id, userId, ended } = this;
    return { id, userId, startedAt: this.createdAt.toISOString(), endsAt: this.endsAt.toISOString(), ended };
  }

  /**
   * Somebody signs in. He is refused with `INVALID_CREDENTIALS` where he is not active, or has another password by now
   * than the one he proved.
   */
  static start(id: Id, user: User, { passwordHash, secondFactor }: Proof, now: Date): DomainEvent[] {
    if (!user.active || (passwordHash !== null && user.passwordHash !== passwordHash)) throw wrongCredentials();
    const session = CrmRecord.born(Session, id, user.id, now);
    Object.assign(session, {
      userId: user.id,
      endsAt: new Date(now.getTime() + SESSION_DAYS * DAY_MS),
      ended: false,
      secondFactor,
    });
    return [session.say(SessionStarted, {}, now)];
  }

  /** Whether it still lets its person in. */
  isOpen(now: Date): boolean {
    return !this.ended && now < this.endsAt;
  }

  /** Ends it. Ending what has ended changes nothing. */
  end(now: Date): DomainEvent[] {
    if (this.ended) return [];
    this.ended = true;
    return [this.say(SessionEnded, {}, now)];
  }
}
