import { Injectable } from '@nestjs/common';
import { DomainError, text, type Actor, type Id } from '@voronka/contracts';
import { check, Clock, Database, id, one, Store } from '@voronka/service-kit';
import { RoleService } from '../role/role.service.js';
import { Attempts } from '../user/user.attempts.js';
import { UserService } from '../user/user.service.js';
import { User } from '../user/user.js';
import { hashOf, newRecoveryCodes, plainCode } from './second-factor.recovery.js';
import { Seal } from './second-factor.seal.js';
import { newSecret, stepOf, uriOf } from './second-factor.totp.js';

/** Who asks before it is known who it is. */
const NOBODY: Actor = { id: 'system', may: 'anything' };
const typedCode = text(40);

/** That somebody has one, as he and who manages people see it. */
export interface SecondFactor {
  readonly enrolledAt: Date;
  readonly recoveryCodesLeft: number;
}

const wrongCode = () =>
  new DomainError(
    'WRONG_CODE',
    'This code is wrong, or was used before. Wait for the next one of your app, or use another recovery code.',
    'code',
  );

/**
 * The authenticator app that somebody signs in with beside his password, and the recovery codes he has for when he lost it.
 * Neither is part of his record: a secret is nothing to announce.
 */
@Injectable()
export class SecondFactorService {
  constructor(
    private readonly store: Store,
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly users: UserService,
    private readonly roles: RoleService,
    private readonly attempts: Attempts,
    private readonly seal: Seal,
  ) {}

  /** Whether one of his roles asks for it. */
  async demandedOf({ roleIds }: User): Promise<boolean> {
    const roles = await this.roles.byIds(NOBODY, roleIds);
    return roles.some((role) => role?.secondFactor);
  }

  /**
   * Whether he has shown a second factor with his password: false where he has none and needs none. Answers the refusal
   * where the code is wrong. Refuses with `SECOND_FACTOR_REQUIRED` where there is no code, and with `SECOND_FACTOR_MISSING`
   * where he has to enrol first.
   */
  async shown(user: User, code: string | null): Promise<boolean | DomainError> {
    if ((await this.of(user.id)) === null) {
      if (!(await this.demandedOf(user))) return false;
      throw new DomainError(
        'SECOND_FACTOR_MISSING',
        'Your role asks for a second factor. Set up an authenticator app with beginSecondFactor first.',
      );
    }
    if (!code)
      throw new DomainError(
        'SECOND_FACTOR_REQUIRED',
        'Send the code that your authenticator app shows too, or one of your recovery codes.',
        'code',
      );
    return (await this.use(user.id, code)) || wrongCode();
  }

  /** The secret for his app, told this once; it counts once it is confirmed. Refuses with `ALREADY_EXISTS` where he has one. */
  async begin({ id: userId, email }: User): Promise<{ secret: string; uri: string }> {
    const secret = newSecret();
    const { rowCount } = await this.database.query({
      name: 'second-factor:begin',
      text: `insert into second_factor as f (user_id, secret) values ($1, $2)
             on conflict (user_id) do update set secret = excluded.secret, last_step = 0 where f.confirmed_at is null`,
      values: [userId, this.seal.close(secret, userId)],
    });
    if (rowCount === 0)
      throw new DomainError('ALREADY_EXISTS', 'You have a second factor. Remove it before you set up another.');
    return { secret, uri: uriOf(secret, email) };
  }

  /** By the first code of the app he has one from now on; answers his recovery codes, or the refusal where the code is wrong. */
  async confirm({ id: userId }: User, typed: string): Promise<string[] | DomainError> {
    const code = plainCode(check(typedCode, typed, 'code'));
    return this.database.transaction(async () => {
      if (!(await this.takeStep(userId, code, 'begun'))) return wrongCode();
      const now = this.clock.now();
      await this.database.query({
        name: 'second-factor:confirm',
        text: 'update second_factor set confirmed_at = $2 where user_id = $1',
        values: [userId, now],
      });
      await this.announce({ id: userId, may: 'anything' }, userId, 'enrolled');
      return this.freshCodes(userId);
    });
  }

  /** Of the one who asks, or of anybody where he manages people; null where there is none. */
  async get(by: Actor, userId: Id = by.id): Promise<SecondFactor | null> {
    if (userId !== by.id && !(await this.users.managedBy(by)))
      throw new DomainError('FORBIDDEN', 'This is not about you. Ask without a person.', 'userId');
    return this.of(check(id, userId, 'userId'));
  }

  /** Other recovery codes in place of those there are. Refuses with `WRONG_CODE`. */
  async renewCodes(by: Actor, code: string): Promise<string[]> {
    return this.byCode(by, code, () => this.freshCodes(by.id));
  }

  /** He has none any more. Refuses with `WRONG_CODE`. */
  async remove(by: Actor, code: string): Promise<User> {
    return this.byCode(by, code, () => this.drop(by, by.id));
  }

  /** Somebody else lost his, with the recovery codes. Refuses with `NOT_FOUND` where he has none. */
  async reset(by: Actor, userId: Id): Promise<User> {
    return this.database.transaction(() => this.drop(by, check(id, userId, 'userId')));
  }

  private byCode<T>(by: Actor, code: string, work: () => Promise<T>): Promise<T> {
    const doors = [{ name: `second factor of ${by.id} in ${by.sessionId}`, free: 5 }];
    return this.attempts.at(doors, () =>
      this.database.transaction(async () => ((await this.use(by.id, code)) ? work() : wrongCode())),
    );
  }

  private async drop(by: Actor, userId: Id): Promise<User> {
    const { rowCount } = await this.database.query({
      name: 'second-factor:drop',
      text: 'delete from second_factor where user_id = $1',
      values: [userId],
    });
    if (rowCount === 0) throw new DomainError('NOT_FOUND', 'This person has no second factor.', 'userId');
    return this.announce(by, userId, 'removed');
  }

  private async announce(by: Actor, userId: Id, what: 'enrolled' | 'removed'): Promise<User> {
    const { user } = await this.store.write(by, { user: one(User, userId) }, ({ user }, now) =>
      user.changeSecondFactor(what, now),
    );
    return user;
  }

  private async of(userId: Id): Promise<SecondFactor | null> {
    const { rows } = await this.database.query<SecondFactor>({
      name: 'second-factor:of',
      text: `select confirmed_at as "enrolledAt",
               (select count(*)::int from recovery_code c where c.user_id = f.user_id) as "recoveryCodesLeft"
             from second_factor f where user_id = $1 and confirmed_at is not null`,
      values: [userId],
    });
    return rows[0] ?? null;
  }

  /** Whether the code is good; then it is no more. */
  private async use(userId: Id, typed: string): Promise<boolean> {
    const code = plainCode(check(typedCode, typed, 'code'));
    if (/^\d+$/.test(code)) return this.takeStep(userId, code, 'confirmed');
    const { rowCount } = await this.database.query({
      name: 'recovery-code:use',
      text: 'delete from recovery_code where user_id = $1 and code_hash = $2',
      values: [userId, hashOf(code)],
    });
    return rowCount === 1;
  }

  /** Of two who come with the same code one is let in. */
  private async takeStep(userId: Id, code: string, state: 'begun' | 'confirmed'): Promise<boolean> {
    const { rows } = await this.database.query<{ secret: Buffer }>({
      name: 'second-factor:secret',
      text: 'select secret from second_factor where user_id = $1 and (confirmed_at is not null) = $2',
      values: [userId, state === 'confirmed'],
    });
    const [sealed] = rows;
    const step = sealed ? stepOf(this.seal.open(sealed.secret, userId), code, this.clock.now()) : null;
    if (step === null) return false;
    const { rowCount } = await this.database.query({
      name: 'second-factor:take-step',
      text: 'update second_factor set last_step = $2 where user_id = $1 and last_step < $2 and secret = $3',
      values: [userId, step, sealed!.secret],
    });
    return rowCount === 1;
  }

  private async freshCodes(userId: Id): Promise<string[]> {
    const codes = newRecoveryCodes();
    await this.database.query({
      name: 'recovery-code:drop',
      text: 'delete from recovery_code where user_id = $1',
      values: [userId],
    });
    await this.database.query({
      name: 'recovery-code:add',
      text: 'insert into recovery_code (user_id, code_hash) select $1, unnest($2::bytea[])',
      values: [userId, codes.map(hashOf)],
    });
    return codes;
  }
}
