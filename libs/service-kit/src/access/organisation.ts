import {
  enters,
  guardedFieldNames,
  inPipelines,
  opens,
  owned,
  pipelinesNamed,
  powerInCommon,
  rights,
  scopeOf,
  scopeWithin,
  widest,
  widestBudget,
  worked,
  type Action,
  type Entity,
  type GuardedField,
  type Id,
  type Power,
  type Scope,
} from '@voronka/contracts';
import { byPipeline, everybodys, nobodys, reachOf, type Reach, type SharedWith, type Whose } from './reach.js';

export interface Person {
  readonly id: Id;
  readonly name: string;
  readonly teamId: Id | null;
  readonly roleIds: readonly Id[];
  readonly active: boolean;
}
export interface Team {
  readonly id: Id;
  readonly parentId: Id | null;
  readonly headId: Id | null;
}
export interface Role extends Power {
  readonly id: Id;
  /** How many records it lets one be shown within an hour; null or absent: any number. */
  readonly rowsPerHour?: number | null;
}
/** Somebody was shown so many records in this hour, which was too many when it was noticed. */
export interface BulkRead {
  readonly userId: Id;
  readonly rows: number;
}
/** Somebody who does the work of one who is absent now. */
export interface Cover {
  readonly ownerId: Id;
  readonly substituteId: Id;
}

/** What a share lets nobody do: it is for who owns a record, or leads those who do. */
const ownersAlone: readonly Action[] = ['assign', 'share', 'create', 'import', 'export'];

/**
 * People, teams and roles as they are at one moment, and what follows from them for who may see and do what. All in
 * memory: an organisation of 5,000 people takes about a megabyte, and the rules of many people's writes are asked at once.
 */
export class Organisation {
  private readonly people: ReadonlyMap<Id, Person>;
  private readonly known: readonly Id[];
  private readonly teams: ReadonlyMap<Id, Team>;
  private readonly roles: ReadonlyMap<Id, Role>;
  private readonly members = new Map<Id, Id[]>();
  private readonly below = new Map<Id, Id[]>();
  private readonly headed = new Map<Id, Id[]>();
  private readonly covered = new Map<Id, Id[]>();
  private readonly read = new Map<Id, number>();
  private readonly reaches = new Map<string, Reach>();
  private readonly kept = new Map<string, ReadonlySet<GuardedField>>();

  constructor(
    people: readonly Person[] = [],
    teams: readonly Team[] = [],
    roles: readonly Role[] = [],
    covers: readonly Cover[] = [],
    bulkReads: readonly BulkRead[] = [],
    /** People and teams with whom anything was ever shared here. */
    private readonly shareHolders: ReadonlySet<Id> = new Set(),
  ) {
    const byId = <T extends { id: Id }>(all: readonly T[]) => new Map(all.map((one) => [one.id, one]));
    this.people = byId(people);
    this.known = [...this.people.keys()];
    this.teams = byId(teams);
    this.roles = byId(roles);
    for (const { id, teamId } of people) if (teamId) add(this.members, teamId, id);
    for (const { id, parentId, headId } of teams) {
      if (parentId) add(this.below, parentId, id);
      if (headId) add(this.headed, headId, id);
    }
    for (const { ownerId, substituteId } of covers) add(this.covered, substituteId, ownerId);
    for (const { userId, rows } of bulkReads) this.read.set(userId, Math.max(rows, this.read.get(userId) ?? 0));
  }

  person(id: Id): Person | undefined {
    return this.people.get(id);
  }
  team(id: Id): Team | undefined {
    return this.teams.get(id);
  }

  /** Whether he does the work of that person now, who is absent. */
  standsInFor(id: Id, ownerId: Id): boolean {
    return this.covered.get(id)?.includes(ownerId) ?? false;
  }

  /** How many records he may be shown within an hour; null where that is any number. */
  rowsPerHour(id: Id): number | null {
    const roles = this.people.get(id)?.roleIds.flatMap((roleId) => this.roles.get(roleId) ?? []);
    return widestBudget((roles ?? []).map(({ rowsPerHour = null }) => rowsPerHour));
  }

  /** How many he is known to have been shown in this hour, where that was too many. */
  rowsRead(id: Id): number {
    return this.read.get(id) ?? 0;
  }

  rolesKnown(roleIds: readonly Id[]): boolean {
    return roleIds.every((id) => this.roles.has(id));
  }

  /** A team and all below it. */
  branch(teamId: Id): ReadonlySet<Id> {
    const found = new Set([teamId]);
    for (const id of found) this.below.get(id)?.forEach((below) => found.add(below));
    return found;
  }

  /** What each of his roles lets him do; by a key, only what its role does too. A role that is gone lets nobody do anything. */
  powers(id: Id, keyRole?: Id): readonly Power[] {
    const held = (this.people.get(id)?.roleIds ?? []).flatMap((roleId) => this.roles.get(roleId) ?? []);
    if (keyRole === undefined) return held;
    const bound = this.roles.get(keyRole);
    return bound ? held.map((power) => powerInCommon(power, bound)) : [];
  }

  /** How far somebody's widest grant goes; null for someone who holds none, or does not work here. */
  scope(id: Id, action: Action, entity: Entity, keyRole?: Id): Scope | null {
    if (!this.people.get(id)?.active) return null;
    return widest(this.powers(id, keyRole).map(({ grants }) => scopeOf(grants, action, entity)));
  }

  /** Whether somebody may bring this record into its stage, by a role that lets him do that to it. */
  enters(id: Id, action: Action, record: Whose & { pipelineId: Id; stageId: Id }, keyRole?: Id): boolean {
    return this.powers(id, keyRole).some(
      (power) =>
        enters(power, record.pipelineId, record.stageId) &&
        this.reachOver(id, action, 'deal', scopeOf(power.grants, action, 'deal')).includes(record),
    );
  }

  /** Fields that somebody may not read, or not change where `action` is another one. Empty for most people. */
  closed(id: Id, action: Action = 'read', keyRole?: Id): ReadonlySet<GuardedField> {
    const key = `${id} ${action} ${keyRole ?? ''}`;
    let closed = this.kept.get(key);
    if (!closed) {
      const powers = this.powers(id, keyRole);
      const limited = powers.some(({ fields }) => fields.length > 0);
      closed = new Set(limited ? guardedFieldNames.filter((name) => !opens(powers, name, action)) : []);
      this.kept.set(key, closed);
    }
    return closed;
  }

  /** Whose records of an entity somebody may do this to. */
  reach(id: Id, action: Action, entity: Entity, keyRole?: Id): Reach {
    const key = `${id} ${action} ${entity} ${keyRole ?? ''}`;
    let reach = this.reaches.get(key);
    if (!reach) this.reaches.set(key, (reach = this.measure(id, action, entity, keyRole)));
    return reach;
  }

  private measure(id: Id, action: Action, entity: Entity, keyRole?: Id): Reach {
    const whole = this.reachOver(id, action, entity, this.scope(id, action, entity, keyRole));
    const powers = inPipelines.includes(entity) && this.people.get(id)?.active ? this.powers(id, keyRole) : [];
    if (powers.every(({ pipelines }) => pipelines === null)) return whole;
    const scopeIn = (pipelineId: Id | null) => scopeWithin(powers, action, entity, pipelineId);
    const named = new Map<Scope | null, Id[]>();
    for (const pipelineId of pipelinesNamed(powers)) add(named, scopeIn(pipelineId), pipelineId);
    const reachOver = (scope: Scope | null) => this.reachOver(id, action, entity, scope);
    const parts = [...named].map(([scope, ids]) => ({ ids, reach: reachOver(scope) }));
    return byPipeline(parts, reachOver(scopeIn(null)), whole);
  }

  /** Whose records of an entity a scope takes in. */
  private reachOver(id: Id, action: Action, entity: Entity, scope: Scope | null): Reach {
    if (scope === null) return nobodys;
    if (scope === 'ALL' || !owned.includes(entity)) return everybodys;
    const teams = scope === 'OWN' ? new Set<Id>() : this.teamsOf(id, scope);
    // In the place of somebody who is absent he does with that person's own records what he may do with his.
    const selves = [id, ...((worked.includes(entity) && this.covered.get(id)) || [])];
    const people = new Set(selves);
    for (const team of teams) this.members.get(team)?.forEach((member) => people.add(member));
    return reachOf({ people, selves, teams, known: this.known }, this.sharesOf(id, action, entity));
  }

  /** Where a record of this entity can be shared, what a share with somebody, or with a team above him, lets him do. */
  private sharesOf(id: Id, action: Action, entity: Entity): SharedWith | null {
    if (!(rights[entity] as readonly Action[]).includes('share') || ownersAlone.includes(action)) return null;
    const holders = new Set([id]);
    for (const team of this.teamsOf(id, 'TEAM'))
      for (let above: Id | null = team; above && !holders.has(above); above = this.teams.get(above)?.parentId ?? null)
        holders.add(above);
    const found = [...holders].filter((holder) => this.shareHolders.has(holder));
    return { holders: [...holders], found, to: action === 'read' ? 'sharedToRead' : 'sharedToWork' };
  }

  private teamsOf(id: Id, scope: Scope): Set<Id> {
    const teamId = this.people.get(id)?.teamId;
    const own = [...(teamId ? [teamId] : []), ...(this.headed.get(id) ?? [])];
    return new Set(scope === 'TEAM' ? own : own.flatMap((team) => [...this.branch(team)]));
  }
}

function add<K>(lists: Map<K, Id[]>, key: K, id: Id): void {
  const list = lists.get(key);
  if (list) list.push(id);
  else lists.set(key, [id]);
}
