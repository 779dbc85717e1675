import { DomainError, type Actor, type GuardedField, type Id } from '@voronka/contracts';
import { Database } from '@voronka/messaging';
import { LRUCache } from 'lru-cache';
import { Injectable } from '@nestjs/common';
import { Organisation, type BulkRead, type Cover, type Person, type Role, type Team } from '../access/organisation.js';
import type { Clock } from '../clock.js';
import { eventually, PATIENCE_WITH_ASKER_MS } from './eventually.js';

/** How long what is known of people is reused: what bounds how long a revoked right can last. */
const REUSE_MS = 500;
/** A session that was not used for so long is no longer looked at with the others. */
const UNUSED_MS = 60_000;
/** Of what lasts a while, that of the moment $1. */
const present = 'starts_at <= $1 and ends_at > $1';

interface Asked {
  readonly at: number;
  readonly answer: Promise<Organisation>;
  answered: boolean;
}
const lately = (asked: Asked | undefined) => (asked && performance.now() - asked.at < REUSE_MS ? asked : undefined);

/** Which of several sessions had ended at a moment. */
interface Look {
  readonly at: number;
  readonly ended: Promise<ReadonlySet<Id>>;
}

/** This service's copy of who works here and who may do what, fed by identity's events. */
@Injectable()
export class Directory {
  private organisation = new Organisation();
  private stamp = '';
  private asked: Asked | undefined;
  /** By transaction. */
  private readonly within = new WeakMap<object, Asked>();
  private readonly sessions = new LRUCache<Id, Look>({ max: 10_000, ttl: UNUSED_MS, updateAgeOnGet: true });

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /**
   * The organisation as it is, or was half a second ago. Whoever asks at the same moment shares the answer, but nobody waits
   * in a transaction for what is read outside of it: who reads may wait for a connection, and all may be those of transactions
   * that wait for him. So each of those reads for itself where no answer is there.
   */
  now(): Promise<Organisation> {
    const { transactionOpen } = this.database;
    const others = lately(this.asked);
    if (others && (others.answered || !transactionOpen)) return others.answer;
    const own = transactionOpen && lately(this.within.get(transactionOpen));
    if (own) return own.answer;
    const asked = { at: performance.now(), answer: this.read(), answered: false };
    if (transactionOpen) {
      this.within.set(transactionOpen, asked);
      return asked.answer;
    }
    this.asked = asked;
    asked.answer.then(
      () => (asked.answered = true),
      () => {
        if (this.asked === asked) this.asked = undefined;
      },
    );
    return asked.answer;
  }

  /** The organisation as it was when it was last asked for. */
  get lately(): Organisation {
    return this.organisation;
  }

  /** Somebody's name; refuses with `UNAVAILABLE` where this service has not heard of him after seconds. */
  async nameOf(id: Id): Promise<string> {
    const person = await this.known(id);
    if (!person)
      throw new DomainError('UNAVAILABLE', 'This person has not arrived here yet. Try again in a few seconds.');
    return person.name;
  }

  /** Whoever asks next is not answered with what was known before. */
  forget(): void {
    this.asked = undefined;
    if (this.database.transactionOpen) this.within.delete(this.database.transactionOpen);
  }

  /**
   * The person who asks; refuses with `UNAUTHENTICATED` where he is inactive, `SESSION_ENDED` where he signed out, and
   * `UNAVAILABLE` where this service has not heard of him after seconds.
   */
  async signedIn(asker: Omit<Actor, 'may'>): Promise<Person> {
    const person = await this.known(asker.id, PATIENCE_WITH_ASKER_MS);
    if (!person)
      throw new DomainError('UNAVAILABLE', 'This account has not arrived here yet. Try again in a few seconds.');
    if (!person.active) throw new DomainError('UNAUTHENTICATED', 'This account is not active. Ask an administrator.');
    if (asker.sessionId && (await this.ended(asker.sessionId)))
      throw new DomainError('SESSION_ENDED', 'This session has ended. Sign in again.');
    await this.rolesOf(asker.key ? [...person.roleIds, asker.key.roleId] : person.roleIds);
    return person;
  }

  /** What is hidden from who asks; refuses as `signedIn` does. */
  async hiddenFrom(asker: Omit<Actor, 'may'>): Promise<ReadonlySet<GuardedField>> {
    await this.signedIn(asker);
    return (await this.now()).closed(asker.id, 'read', asker.key?.roleId);
  }

  /** Somebody as whom the house reads on an event. Waits a moment for him and his roles, who may be on their way here. */
  async readerFor(id: Id): Promise<Actor> {
    const person = await this.known(id);
    if (person) await this.rolesOf(person.roleIds);
    return { id, may: 'read' };
  }

  /** The person who shall own something; refuses with `OWNER_NOT_FOUND`. */
  async requireActive(id: Id, field: string): Promise<Person> {
    const person = await this.known(id);
    if (!person?.active)
      throw new DomainError('OWNER_NOT_FOUND', 'Nobody active has this id. Choose a person from `users`.', field);
    return person;
  }

  /** Refuses with `TEAM_NOT_FOUND` where no such team is known here. */
  async requireTeam(id: Id, field: string): Promise<void> {
    if (!(await this.find((organisation) => organisation.team(id))))
      throw new DomainError('TEAM_NOT_FOUND', 'There is no team with this id. Choose one from `teams`.', field);
  }

  /** The team and all below it. */
  async branch(teamId: Id): Promise<Id[]> {
    return [...(await this.now()).branch(teamId)];
  }

  private async rolesOf(roleIds: readonly Id[]): Promise<void> {
    if ((await this.now()).rolesKnown(roleIds)) return;
    await this.find((organisation) => organisation.rolesKnown(roleIds) || undefined);
  }

  private known(id: Id, patienceMs?: number): Promise<Person | null> {
    return this.find((organisation) => organisation.person(id), patienceMs);
  }

  /** Somebody who was just made may be on his way here; unknown is said only after a moment. */
  private find<T>(sought: (organisation: Organisation) => T | undefined, patienceMs?: number): Promise<T | null> {
    return eventually(async () => {
      const found = sought(await this.now());
      if (found === undefined) this.forget();
      return found ?? null;
    }, patienceMs);
  }

  /** Versions only grow, so their sum tells whether anything has changed; covers also begin and end by the clock. */
  private async read(): Promise<Organisation> {
    const now = this.clock.now();
    const { rows: stamps } = await this.database.query<{ stamp: string }>({
      name: 'directory:stamp',
      text: `select concat_ws(' ', (select sum(version) from directory_user), (select sum(version) from directory_team),
               (select sum(version) from directory_role), (select count(*) from directory_role),
               (select count(*) from share_holder),
               (select string_agg(id::text, ' ' order by id) from directory_cover where ${present}),
               (select string_agg(id::text, ' ' order by id) from directory_bulk_read where ${present})) as stamp`,
      values: [now],
    });
    const { stamp = '' } = stamps[0] ?? {};
    if (stamp === this.stamp) return this.organisation;
    const all = async <R extends object>(what: string, text: string, values: unknown[] = []) =>
      (await this.database.query<R>({ name: `directory:${what}`, text, values })).rows;
    const people = await all<Person>(
      'people',
      `select id, name, team_id as "teamId", role_ids as "roleIds", active from directory_user`,
    );
    const teams = await all<Team>(
      'teams',
      `select id, parent_id as "parentId", head_id as "headId" from directory_team`,
    );
    const roles = await all<Role>(
      'roles',
      `select id, grants, pipelines, fields, rows_per_hour as "rowsPerHour" from directory_role`,
    );
    const covers = await all<Cover>(
      'covers',
      `select owner_id as "ownerId", substitute_id as "substituteId" from directory_cover where ${present}`,
      [now],
    );
    const bulkReads = await all<BulkRead>(
      'bulk-reads',
      `select user_id as "userId", rows from directory_bulk_read where ${present}`,
      [now],
    );
    const holders = await all<{ id: Id }>('share-holders', 'select id from share_holder');
    this.organisation = new Organisation(people, teams, roles, covers, bulkReads, new Set(holders.map(({ id }) => id)));
    this.stamp = stamp;
    return this.organisation;
  }

  /** As it was half a second ago at most. Sessions in use are looked at together: at a quiet hour each request would ask for its own. */
  private async ended(sessionId: Id): Promise<boolean> {
    const last = this.sessions.get(sessionId);
    const isFresh = last && performance.now() - last.at < REUSE_MS;
    const look = isFresh ? last : this.lookAt(last ? [...this.sessions.keys()] : [sessionId]);
    return (await look.ended).has(sessionId);
  }

  private lookAt(sessionIds: readonly Id[]): Look {
    const look = { at: performance.now(), ended: this.endedAmong(sessionIds) };
    for (const id of sessionIds) this.sessions.set(id, look, { noUpdateTTL: true });
    // A failed look is nobody's answer but of those who wait for it.
    look.ended.catch(() => sessionIds.forEach((id) => this.sessions.peek(id) === look && this.sessions.delete(id)));
    return look;
  }

  private async endedAmong(sessionIds: readonly Id[]): Promise<ReadonlySet<Id>> {
    const { rows } = await this.database.query<{ id: Id }>({
      name: 'directory:ended-sessions',
      text: 'select id from directory_ended_session where id = any($1::uuid[])',
      values: [sessionIds],
    });
    return new Set(rows.map(({ id }) => id));
  }
}
