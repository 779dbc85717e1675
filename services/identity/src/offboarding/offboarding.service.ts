import { Injectable } from '@nestjs/common';
import { personOf, type Actor, type HandoverPart, type HandoverState, type Id } from '@voronka/contracts';
import {
  check,
  Clock,
  Database,
  id,
  many,
  maybe,
  newId,
  one,
  optional,
  References,
  Store,
  type ListArgs,
  type Page,
} from '@voronka/service-kit';
import { z } from 'zod';
import { ApiKey } from '../api-key/api-key.js';
import { Cover } from '../cover/cover.js';
import { RoleService } from '../role/role.service.js';
import { Session } from '../session/session.js';
import { Team } from '../team/team.js';
import { UserService } from '../user/user.service.js';
import { User } from '../user/user.js';
import { offboardingList, type HandoverPlanInput } from './offboarding.graphql.js';
import { Offboarding } from './offboarding.js';
import { passOn, takeBack } from './passed-cover.js';
import { MOST_HEIRS, planOf, type AskedPlan } from './plan.js';

const heirs = z.object({
  userIds: optional(
    z
      .array(id)
      .min(1, 'Nobody is named, so nobody would own what is handed over. Name at least one person.')
      .max(MOST_HEIRS, `These are too many. Name at most ${MOST_HEIRS} people.`),
  ),
  teamId: optional(id),
});
const asked = z.object({
  to: z.object(heirs.shape, 'Say who takes over what no rule names, or it would have no owner.'),
  byPipeline: z
    .array(z.object({ pipelineId: id, to: heirs }))
    .max(50, 'These are too many. Give at most 50 rules.')
    .nullish()
    .transform((rules) => rules ?? []),
});

/** The use cases of leaving. What the services hand over comes by events. */
@Injectable()
export class OffboardingService {
  constructor(
    private readonly store: Store,
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly references: References,
    private readonly roles: RoleService,
    private readonly userService: UserService,
  ) {}

  /**
   * Locks somebody out and has all he owns handed over. Refuses with `OFFBOARDING_UNDER_WAY`, `ALREADY_OFFBOARDED`,
   * `LAST_ADMINISTRATOR`, and plans as `planOf` does.
   */
  async start(
    by: Actor,
    { id: userId, expectedVersion }: { id: Id; expectedVersion?: number | null },
    input: HandoverPlanInput,
  ): Promise<Offboarding> {
    const given = check(asked, input, 'plan');
    await this.store.get(by, User, userId);
    await Promise.all(
      given.byPipeline.map(({ pipelineId }, i) =>
        this.references.require('pipeline', pipelineId, `plan.byPipeline.${i}.pipelineId`),
      ),
    );
    // What is decided by looking at several people is decided one after the other; nobody named leaves meanwhile.
    return this.roles.alone(async () => {
      const plan = await this.planFor(userId, given);
      const administration = await this.userService.administrationWithout(userId);
      const coverIds = await this.coversOf(userId);
      const ids = coverIds.map(newId);
      const slots = {
        user: one(User, userId, expectedVersion),
        former: maybe(Offboarding, await this.latest(userId)),
        sessions: many(Session, await this.userService.openSessions(userId)),
        covers: many(Cover, coverIds),
      };
      const offboardingId = newId();
      await this.store.write(inFull(by), slots, ({ user, former, sessions, covers }, now) => {
        const { passed, events: ofCovers } = passOn(covers, userId, plan.to, ids, by, now);
        const started = { user, former, plan, covers: passed };
        return [
          ...Offboarding.start(offboardingId, started, personOf(by), now),
          ...user.change({ active: false }, { team: null, offboarding: false, ...administration }, now, 'id'),
          ...sessions.flatMap((session) => session.end(now)),
          ...ofCovers,
        ];
      });
      return this.store.get(by, Offboarding, offboardingId);
    });
  }

  /** Takes it back: he is let in again at once, and gets what his successors still have of his. */
  async undo(
    by: Actor,
    { id: offboardingId, expectedVersion }: { id: Id; expectedVersion?: number | null },
  ): Promise<Offboarding> {
    const { userId, covers } = await this.store.get(by, Offboarding, offboardingId);
    const ids = covers.map(newId);
    return this.roles.alone(async () => {
      const isLatest = (await this.latest(userId)) === offboardingId;
      const slots = {
        offboarding: one(Offboarding, offboardingId, expectedVersion),
        user: one(User, userId),
        arranged: many(
          Cover,
          covers.flatMap(({ arranged }) => arranged ?? []),
        ),
      };
      const { offboarding } = await this.store.write(inFull(by), slots, ({ offboarding, user, arranged }, now) => {
        const undone = offboarding.undo(isLatest, now);
        if (undone.length === 0) return [];
        const around = { team: null, offboarding: false, othersAdminister: true, willAdminister: true };
        const back = offboarding.wasActive ? user.change({ active: true }, around, now) : [];
        const ofCovers = offboarding.wasActive ? takeBack(offboarding.covers, arranged, userId, ids, by, now) : [];
        return [...undone, ...back, ...ofCovers];
      });
      return offboarding;
    });
  }

  /** A service told how far it has come. */
  async heard(by: Actor, part: HandoverPart, progress: HandoverState): Promise<void> {
    await this.store.write(by, { offboarding: one(Offboarding, progress.id) }, ({ offboarding }, now) =>
      offboarding.hear(part, progress, now),
    );
  }

  /** Somebody was let in again: what comes in his name is his. */
  async back(by: Actor, userId: Id): Promise<void> {
    const done = await this.ids('offboarding', `user_id = $1 and status = 'DONE'`, [userId]);
    await this.store.write(by, { offboardings: many(Offboarding, done) }, ({ offboardings }, now) =>
      offboardings.flatMap((offboarding) => offboarding.close(now)),
    );
  }

  get(by: Actor, offboardingId: Id): Promise<Offboarding> {
    return this.store.get(by, Offboarding, offboardingId);
  }

  list(by: Actor, args: ListArgs): Promise<Page<Offboarding>> {
    return this.store.list(by, offboardingList, args);
  }

  byIds(by: Actor, ids: readonly Id[]): Promise<(Offboarding | null)[]> {
    return this.store.byIds(by, Offboarding, ids);
  }

  user(by: Actor, userId: Id): Promise<User> {
    return this.store.get(by, User, userId, 'userId');
  }

  /** The teams he heads. */
  async teams(by: Actor, userId: Id): Promise<Team[]> {
    const ids = await this.ids('team', 'head_id = $1', [userId]);
    return (await this.store.byIds(by, Team, ids)).flatMap((team) => team ?? []);
  }

  /** His keys that were not revoked and have not expired. */
  async apiKeys(by: Actor, userId: Id): Promise<ApiKey[]> {
    const good = 'owner_id = $1 and revoked_at is null and expires_at > $2';
    const ids = await this.ids('api_key', good, [userId, this.clock.now()]);
    return (await this.store.byIds(by, ApiKey, ids)).flatMap((key) => key ?? []);
  }

  /** Covers of him and by him that are not over. */
  async covers(by: Actor, userId: Id): Promise<Cover[]> {
    return (await this.store.byIds(by, Cover, await this.coversOf(userId))).flatMap((cover) => cover ?? []);
  }

  private coversOf(userId: Id): Promise<Id[]> {
    return this.ids('cover', '(owner_id = $1 or substitute_id = $1) and ends_at > $2', [userId, this.clock.now()]);
  }

  private async ids(
    table: 'team' | 'api_key' | 'cover' | 'offboarding',
    condition: string,
    values: unknown[],
  ): Promise<Id[]> {
    const text = `select id from ${table} where ${condition} order by created_at, id`;
    const { rows } = await this.database.query<{ id: Id }>({ name: `offboarding:${table}`, text, values });
    return rows.map((row) => row.id);
  }

  private async latest(userId: Id): Promise<Id | null> {
    const { rows } = await this.database.query<{ id: Id }>({
      name: 'offboarding:latest',
      text: 'select id from offboarding where user_id = $1 order by created_at desc, id desc limit 1',
      values: [check(id, userId, 'id')],
    });
    return rows[0]?.id ?? null;
  }

  private async planFor(leaver: Id, given: AskedPlan) {
    const all = [given.to, ...given.byPipeline.map(({ to }) => to)];
    const { rows: people } = await this.database.query<{ id: Id; teamId: Id | null }>({
      name: 'offboarding:people',
      text: `select id, team_id as "teamId" from "user" where active and (id = any($1::uuid[]) or team_id = any($2::uuid[]))
             order by created_at, id`,
      values: [all.flatMap(({ userIds }) => userIds ?? []), all.flatMap(({ teamId }) => teamId ?? [])],
    });
    const teams = await this.store.byIds(
      HOUSE,
      Team,
      all.flatMap(({ teamId }) => teamId ?? []),
    );
    const known = new Set(teams.map((team) => team?.id));
    const active = new Set(people.map((person) => person.id));
    return planOf(given, leaver, {
      active: (userId) => active.has(userId),
      team: (teamId) => (known.has(teamId) ? people.filter((one) => one.teamId === teamId).map((one) => one.id) : null),
    });
  }
}

const HOUSE: Actor = { id: 'system:identity', may: 'anything' };
/** The right to offboard is all it takes: with it go sessions and covers. */
const inFull = (by: Actor): Actor => ({ ...by, may: 'anything' });
