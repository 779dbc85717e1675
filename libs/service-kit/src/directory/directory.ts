import { DomainError, type Actor, type Id, type Role } from '@voronka/contracts';
import { Database } from '@voronka/messaging';
import { LRUCache } from 'lru-cache';
import { Injectable } from '@nestjs/common';
import { eventually } from './eventually.js';

export interface DirectoryUser {
  readonly id: Id;
  readonly name: string;
  readonly teamId: Id | null;
  readonly role: Role;
  readonly active: boolean;
}

/** How long an answer about a person is reused: what bounds how long a revoked right can last. */
const REUSE_MS = 500;

/** This service's copy of who works here, fed by identity's events. */
@Injectable()
export class Directory {
  private readonly users = new LRUCache<Id, Promise<DirectoryUser | null>>({ max: 10_000, ttl: REUSE_MS });
  private readonly sessions = new LRUCache<Id, Promise<boolean>>({ max: 10_000, ttl: REUSE_MS });

  constructor(private readonly database: Database) {}

  /** The person, or null where nobody with that id is known here. */
  user(id: Id): Promise<DirectoryUser | null> {
    return remembered(this.users, id, async () => {
      const { rows } = await this.database.query<DirectoryUser>({
        name: 'directory:user',
        text: `select id, name, team_id as "teamId", role, active from directory_user where id = $1`,
        values: [id],
      });
      return rows[0] ?? null;
    });
  }

  /** The person who asks; refuses with `UNAUTHENTICATED` where he is unknown or inactive, `SESSION_ENDED` where he signed out. */
  async signedIn(actor: Actor): Promise<DirectoryUser> {
    const user = await this.known(actor.id);
    if (!user?.active) throw new DomainError('UNAUTHENTICATED', 'This account is not active. Ask an administrator.');
    if (actor.sessionId && (await this.ended(actor.sessionId)))
      throw new DomainError('SESSION_ENDED', 'This session has ended. Sign in again.');
    return user;
  }

  /** The person who shall own something; refuses with `OWNER_NOT_FOUND`. */
  async requireActive(id: Id, field: string): Promise<DirectoryUser> {
    const user = await this.known(id);
    if (!user?.active)
      throw new DomainError('OWNER_NOT_FOUND', 'Nobody active has this id. Choose a person from `users`.', field);
    return user;
  }

  /** Refuses with `TEAM_NOT_FOUND` where no such team is known here. */
  async requireTeam(id: Id, field: string): Promise<void> {
    const found = await eventually(async () => {
      const { rowCount } = await this.database.query({
        name: 'directory:team',
        text: 'select 1 from directory_team where id = $1',
        values: [id],
      });
      return rowCount > 0 || null;
    });
    if (!found)
      throw new DomainError('TEAM_NOT_FOUND', 'There is no team with this id. Choose one from `teams`.', field);
  }

  /** The team and all below it. */
  async branch(teamId: Id): Promise<Id[]> {
    const { rows } = await this.database.query<{ id: Id }>({
      name: 'directory:branch',
      text: `with recursive branch(id) as (
               select id from directory_team where id = $1
               union select t.id from directory_team t join branch b on t.parent_id = b.id
             ) select id from branch`,
      values: [teamId],
    });
    return rows.map((row) => row.id);
  }

  /** Somebody who was just made may be on his way here; unknown is said only after a moment. */
  private async known(id: Id): Promise<DirectoryUser | null> {
    return eventually(async () => {
      const user = await this.user(id);
      if (!user) this.users.delete(id);
      return user;
    });
  }

  private ended(sessionId: Id): Promise<boolean> {
    return remembered(this.sessions, sessionId, async () => {
      const { rowCount } = await this.database.query({
        name: 'directory:ended-session',
        text: 'select 1 from directory_ended_session where id = $1',
        values: [sessionId],
      });
      return rowCount > 0;
    });
  }
}

/** Concurrent and repeated questions share one answer; a failed one is not kept. */
function remembered<V>(cache: LRUCache<Id, Promise<V>>, key: Id, ask: () => Promise<V>): Promise<V> {
  let answer = cache.get(key);
  if (!answer) {
    answer = ask();
    cache.set(key, answer);
    answer.catch(() => cache.delete(key));
  }
  return answer;
}
