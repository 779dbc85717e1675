import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { administers, DomainError, shippedRoles, text, type Actor, type Id } from '@voronka/contracts';
import {
  check,
  checkPatch,
  Clock,
  Database,
  Directory,
  email,
  happened,
  id,
  many,
  maybe,
  one,
  optional,
  requireInPerson,
  Store,
  type Created,
  type ImportOutcome,
  type ListArgs,
  type Page,
} from '@voronka/service-kit';
import { z } from 'zod';
import { RoleService } from '../role/role.service.js';
import type { Role } from '../role/role.js';
import { Session } from '../session/session.js';
import { Team } from '../team/team.js';
import { Attempts } from './user.attempts.js';
import { type CreateUserInput, type ImportUserInput, type UpdateUserInput, userList } from './user.graphql.js';
import { Passwords, password, requireImpersonal, typedPassword } from './user.passwords.js';
import { User, type Surroundings } from './user.js';

const roleIds = z.array(id).min(1, 'Give at least one role.').max(20, 'Give at most 20 roles.');
const content = z.object({ name: text(200), email, teamId: optional(id), roleIds });
const newUser = content.extend({ id: optional(id), password: optional(password) });
const importedUser = content.extend({ externalId: text(200) });
const userPatch = content.extend({ active: z.boolean(), password });
const patched = userPatch.partial();
const HOUSE: Actor = { id: 'system', may: 'anything' };

/** The use cases around people. Who may call them is said at the door. */
@Injectable()
export class UserService {
  constructor(
    private readonly store: Store,
    private readonly database: Database,
    private readonly directory: Directory,
    private readonly clock: Clock,
    private readonly passwords: Passwords,
    private readonly attempts: Attempts,
    private readonly roleService: RoleService,
  ) {}

  get(by: Actor, userId: Id): Promise<User> {
    return this.store.get(by, User, userId);
  }

  byIds(by: Actor, ids: readonly Id[]): Promise<(User | null)[]> {
    return this.store.byIds(by, User, ids);
  }

  list(by: Actor, args: ListArgs): Promise<Page<User>> {
    return this.store.list(by, userList, args);
  }

  teams(by: Actor, ids: readonly Id[]): Promise<(Team | null)[]> {
    return this.store.byIds(by, Team, ids);
  }

  roles(by: Actor, ids: readonly Id[]): Promise<(Role | null)[]> {
    return this.roleService.byIds(by, ids);
  }

  /** The person with this mail; null where nobody has it. */
  async byEmail(by: Actor, address: string): Promise<User | null> {
    const { rows } = await this.store.list(by, userList, { first: 1, filter: { email: { eq: address } } });
    return rows[0] ?? null;
  }

  async create(by: Actor, input: CreateUserInput, occurredAt?: Date | null): Promise<User> {
    const { id: chosen, password: plain, ...rest } = check(newUser, input);
    await this.roleService.requireGivable(by, rest.roleIds);
    const passwordHash = plain === null ? null : await this.hashed(by, plain, rest);
    const { record } = await this.store.create(
      by,
      User,
      { id: chosen, content: { ...rest, occurredAt: occurredAt ?? null }, uses: { team: maybe(Team, rest.teamId) } },
      ({ team }, newId, now) => User.join(newId, { ...rest, passwordHash }, team, by, happened(occurredAt, now)),
    );
    return record;
  }

  import(by: Actor, rows: readonly ImportUserInput[]): Promise<ImportOutcome[]> {
    return this.store.importRows(User, rows, async (row, rowId): Promise<Created<User>> => {
      const { externalId, ...rest } = check(importedUser, row);
      await this.roleService.requireGivable(by, rest.roleIds);
      const { occurredAt } = row;
      return this.store.create(
        by,
        User,
        {
          id: rowId,
          externalId,
          content: { ...rest, occurredAt: occurredAt ?? null },
          uses: { team: maybe(Team, rest.teamId) },
        },
        ({ team }, newId, now) =>
          User.join(newId, { ...rest, passwordHash: null }, team, by, happened(occurredAt, now, 'input.occurredAt')),
      );
    });
  }

  /** Changes what is given. Where he comes to be inactive or active, or has another password, all his sessions end. */
  async update(
    by: Actor,
    userId: Id,
    input: UpdateUserInput,
    { expectedVersion, occurredAt }: { expectedVersion?: number | null; occurredAt?: Date | null } = {},
  ): Promise<User> {
    const { password: plain, ...patch } = checkPatch(userPatch, input);
    if (plain !== undefined) requireInPerson(by);
    const known = await this.get(by, check(id, userId, 'id'));
    const passwordHash = plain === undefined ? null : await this.hashed(by, plain, { ...known, ...patch });
    const locks = passwordHash !== null || patch.active !== undefined;
    if (patch.roleIds) await this.roleService.requireGivable(by, patch.roleIds, known.roleIds);
    const work = async (): Promise<User> => {
      const administration = await this.administrationAfter(userId, patch);
      const slots = {
        user: one(User, userId, expectedVersion),
        team: maybe(Team, patch.teamId),
        sessions: many(Session, locks ? await this.openSessions(userId) : []),
      };
      const offboarding = patch.active === true && (await this.isOffboarding(userId));
      const { user } = await this.store.write(by, slots, ({ user, team, sessions }, now) => {
        const { active } = user;
        const at = happened(occurredAt, now);
        const events = user.change(patch, { team, offboarding, ...administration }, at);
        if (passwordHash !== null) events.push(...user.changePassword(passwordHash, at));
        const ends = passwordHash !== null || user.active !== active;
        return ends ? [...events, ...sessions.flatMap((session) => session.end(now))] : events;
      });
      return user;
    };
    return patch.roleIds || patch.active !== undefined ? this.roleService.alone(work) : work();
  }

  /** Somebody changes his own password: his other sessions end. Refuses with `INVALID_CREDENTIALS` and `TOO_MANY_ATTEMPTS`. */
  async changePassword(by: Actor, current: string, next: string): Promise<User> {
    const typed = check(typedPassword, current, 'currentPassword');
    const chosen = check(password, next, 'newPassword');
    const known = await this.get(by, by.id);
    requireImpersonal(chosen, known, 'newPassword');
    await this.attempts.at(
      // Whoever came by an access token must not find the password by it, nor keep its owner from changing it elsewhere.
      [{ name: `password of ${by.id} in ${by.sessionId}`, free: 5 }],
      async () =>
        (await this.passwords.verify(known.passwordHash, typed)) ||
        new DomainError('INVALID_CREDENTIALS', 'This is not your present password.', 'currentPassword'),
    );
    const passwordHash = await this.passwords.hash(chosen);
    const others = (await this.openSessions(by.id)).filter((sessionId) => sessionId !== by.sessionId);
    const slots = { user: one(User, by.id), sessions: many(Session, others) };
    const { user } = await this.store.write(by, slots, ({ user, sessions }, now) => [
      ...user.changePassword(passwordHash, now),
      ...sessions.flatMap((session) => session.end(now)),
    ]);
    return user;
  }

  /** Where nobody is here yet: makes an administrator and tells his password, which is kept nowhere. Null otherwise. */
  async createFirstAdministrator(): Promise<{ email: string; password: string } | null> {
    const { rows } = await this.store.list(HOUSE, userList, { first: 1 });
    if (rows.length > 0) return null;
    const first = { name: 'Administrator', email: 'admin@voronka.local', roleIds: [shippedRoles.ADMINISTRATOR.id] };
    const plain = randomBytes(18).toString('base64url');
    try {
      await this.create(HOUSE, { ...first, password: plain });
    } catch (error) {
      // Somebody else made him at the same moment.
      if (error instanceof DomainError && error.code === 'EMAIL_TAKEN') return null;
      throw error;
    }
    return { email: first.email, password: plain };
  }

  /** A password that somebody gives to another. By a key nobody does: it would let in whoever holds the key, beyond its role. */
  private hashed(by: Actor, plain: string, person: { name: string; email: string }): Promise<string> {
    requireInPerson(by);
    requireImpersonal(plain, person, 'input.password');
    return this.passwords.hash(plain);
  }

  /** Whether somebody manages the people here. */
  async managedBy({ id: userId, key }: Actor): Promise<boolean> {
    return (await this.directory.now()).scope(userId, 'manage', 'user', key?.roleId) !== null;
  }

  private async administrationAfter(userId: Id, { active, roleIds: given }: z.output<typeof patched>) {
    if (!given && active !== false) return { othersAdminister: true, willAdminister: true };
    const othersAdminister = await this.roleService.othersAdminister(null, userId);
    const roles = await this.roleService.byIds(HOUSE, given ?? []);
    const grants = roles.flatMap((role) => role?.grants ?? []);
    return { othersAdminister, willAdminister: given !== undefined && administers(grants) };
  }

  /** Who would be left to manage people and roles without him. */
  administrationWithout(userId: Id): Promise<Pick<Surroundings, 'othersAdminister' | 'willAdminister'>> {
    return this.administrationAfter(userId, { active: false });
  }

  private async isOffboarding(userId: Id): Promise<boolean> {
    const { rowCount } = await this.database.query({
      name: 'user:offboarding',
      text: `select from offboarding where user_id = $1 and status in ('RUNNING', 'UNDOING')`,
      values: [userId],
    });
    return rowCount > 0;
  }

  /** His sessions that let him in, newest first. */
  async openSessions(userId: Id): Promise<Id[]> {
    const { rows } = await this.database.query<{ id: Id }>({
      name: 'session:open',
      text: 'select id from session where user_id = $1 and not ended and ends_at > $2 order by created_at desc, id desc',
      values: [check(id, userId, 'id'), this.clock.now()],
    });
    return rows.map((row) => row.id);
  }
}
