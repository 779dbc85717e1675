import { Injectable } from '@nestjs/common';
import { DomainError, type Actor, type Id } from '@voronka/contracts';
import { check, Clock, email, network, type Client } from '@voronka/service-kit';
import { wrongCredentials } from '../session/session.js';
import { readRefreshToken, Tokens } from '../session/session.tokens.js';
import { Attempts } from '../user/user.attempts.js';
import { Passwords, typedPassword } from '../user/user.passwords.js';
import { UserService } from '../user/user.service.js';
import type { User } from '../user/user.js';
import { doorsOf, type Place } from './sign-in.doors.js';

/** What somebody types to show who he is. */
export interface Typed {
  readonly email: string;
  readonly password: string;
  /** A refresh token that his device had before. */
  readonly formerToken?: string | null;
}

/** Who asks before anybody is known. */
const NOBODY: Actor = { id: 'system', may: 'anything' };
/** How long a place stays familiar to somebody who has not signed in there again. */
const FAMILIAR_MS = 90 * 24 * 60 * 60 * 1000;

/** Showing by a password who one is. */
@Injectable()
export class Credentials {
  constructor(
    private readonly users: UserService,
    private readonly passwords: Passwords,
    private readonly attempts: Attempts,
    private readonly tokens: Tokens,
    private readonly clock: Clock,
  ) {}

  /**
   * The active person whose mail and password these are, and what else he has to show, by `also`, whose wrong answers count
   * as a wrong password does. Refuses a wrong mail, a wrong password and an inactive person alike, with
   * `INVALID_CREDENTIALS` and in similar time, and with `TOO_MANY_ATTEMPTS` where too many were wrong before.
   */
  async prove<T = true>(
    { email: address, password, formerToken }: Typed,
    client: Client,
    also: (user: User) => Promise<T | DomainError> = () => Promise.resolve(true as T),
  ): Promise<{ user: User; also: T }> {
    const mail = check(email, address, 'email');
    const typed = check(typedPassword, password, 'password');
    const known = await this.users.byEmail(NOBODY, mail);
    const doors = doorsOf(mail, await this.placeOf(known?.id ?? null, client, formerToken));
    return this.attempts.at(doors, async () => {
      const right = await this.passwords.verify(known?.passwordHash ?? null, typed);
      if (!right || !known?.active)
        return Object.assign(wrongCredentials(), known && { about: { personId: known.id } });
      const more = await also(known);
      return more instanceof DomainError ? more : { user: known, also: more };
    });
  }

  private async placeOf(userId: Id | null, { address }: Client, formerToken?: string | null): Promise<Place> {
    const token = formerToken ? readRefreshToken(formerToken) : null;
    if (token && (await this.tokens.wasOf(userId, token))) return { name: token.sessionId, familiar: true };
    if (address === null) return { name: 'nowhere', familiar: false };
    const name = network(address);
    const since = new Date(this.clock.now().getTime() - FAMILIAR_MS);
    const before = await this.tokens.addressesOf(userId, since);
    return { name, familiar: before.some((other) => network(other) === name) };
  }
}
