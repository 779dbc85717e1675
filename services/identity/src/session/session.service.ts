import { Injectable } from '@nestjs/common';
import { DomainError, type Actor, type Id } from '@voronka/contracts';
import { check, Clock, Database, email, newId, one, shared, Store, type Client } from '@voronka/service-kit';
import { typedPassword, Passwords } from '../user/user.passwords.js';
import { UserService } from '../user/user.service.js';
import { User } from '../user/user.js';
import { Session, wrongCredentials } from './session.js';
import { readRefreshToken, Tokens, type Use } from './session.tokens.js';

/** What somebody holds who signed in. `expiresAt` is the access token's. */
export interface SignedIn {
  readonly sessionId: Id;
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly expiresAt: Date;
  readonly user: User;
}

/** Who asks before anybody is known. */
const NOBODY: Actor = { id: 'system', may: 'anything' };
/** Somebody who signs in and never out has many; the newest tell enough. */
const SESSIONS_LISTED = 200;

const ended = () => new DomainError('SESSION_ENDED', 'This session has ended. Sign in again.');

/** Signing in and out. */
@Injectable()
export class SessionService {
  constructor(
    private readonly store: Store,
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly users: UserService,
    private readonly passwords: Passwords,
    private readonly tokens: Tokens,
  ) {}

  /** Refuses a wrong mail, a wrong password and an inactive person alike, with `INVALID_CREDENTIALS` and in similar time. */
  async signIn(address: string, password: string, client: Client): Promise<SignedIn> {
    const mail = check(email, address, 'email');
    const typed = check(typedPassword, password, 'password');
    const known = await this.users.byEmail(NOBODY, mail);
    const proven = known?.passwordHash ?? null;
    const right = await this.passwords.verify(proven, typed);
    if (!known || !right || proven === null)
      throw Object.assign(wrongCredentials(), known && { about: { personId: known.id } });

    const id = newId();
    const by = { id: known.id, sessionId: id, may: 'anything' as const };
    // The session and its token come to be together.
    const { session, refreshToken } = await this.database.transaction(async () => {
      const { record } = await this.store.create(
        by,
        Session,
        { id, content: {}, uses: { user: shared(User, known.id) } },
        ({ user }, sessionId, now) => Session.start(sessionId, user, proven, now),
      );
      return { session: record, refreshToken: await this.tokens.first(id, client, this.clock.now()) };
    });
    return this.signedIn(session, known, refreshToken);
  }

  /**
   * New tokens for a session. The refresh token works once; who uses an old one again may have stolen it, or it was
   * stolen from him: the session ends. Refuses with `SESSION_ENDED`, and what is no token with `INVALID_CREDENTIALS`.
   */
  async refresh(text: string, client: Client): Promise<SignedIn> {
    const token = readRefreshToken(text);
    if (!token || !(await this.tokens.belongs(token)))
      throw new DomainError(
        'INVALID_CREDENTIALS',
        'This is not a refresh token of ours. Sign in again.',
        'refreshToken',
      );
    const session = await this.store.get(NOBODY, Session, token.sessionId);
    const user = await this.users.get(NOBODY, session.userId);
    if (!session.isOpen(this.clock.now()) || !user.active) throw ended();
    const refreshToken = await this.tokens.rotate(token, client, this.clock.now());
    if (refreshToken === null) {
      await this.endRecord({ id: user.id, sessionId: session.id, may: 'anything' }, session.id);
      throw ended();
    }
    return this.signedIn(session, user, refreshToken);
  }

  /** Ends the session of the one who asks; true also when nothing was left to end. */
  async signOut(by: Actor): Promise<boolean> {
    if (by.sessionId) await this.end(by, by.sessionId);
    return true;
  }

  /** The open sessions of a person, newest first: of the one who asks, or of anybody where he manages people. */
  async open(by: Actor, userId: Id = by.id): Promise<Session[]> {
    if (userId !== by.id && !(await this.users.managedBy(by)))
      throw new DomainError('FORBIDDEN', 'These are not your sessions. Ask for them without a person.', 'userId');
    const ids = await this.users.openSessions(userId);
    const sessions = await this.store.byIds(by, Session, ids.slice(0, SESSIONS_LISTED));
    return sessions.filter((session) => session !== null);
  }

  uses(sessions: readonly Session[]): Promise<Use[]> {
    return this.tokens.uses(sessions.map(({ id }) => id));
  }

  /** Ends one of the sessions of the one who asks. Somebody else's is refused as if it were not there, unless `by` manages people. */
  async end(by: Actor, sessionId: Id): Promise<Session> {
    const session = await this.store.get(by, Session, sessionId);
    if (session.userId !== by.id && !(await this.users.managedBy(by)))
      throw new DomainError('NOT_FOUND', 'You have no session with this id. Choose one from `sessions`.', 'id');
    return this.endRecord(by, sessionId);
  }

  private async endRecord(by: Actor, sessionId: Id): Promise<Session> {
    const { session } = await this.store.write(by, { session: one(Session, sessionId) }, ({ session }, now) =>
      session.end(now),
    );
    return session;
  }

  private async signedIn(session: Session, user: User, refreshToken: string): Promise<SignedIn> {
    const access = await this.tokens.access(user.id, session.id, this.clock.now(), session.endsAt);
    return { sessionId: session.id, refreshToken, user, ...access };
  }
}
