import {
  DomainError,
  personOf,
  UserCreated,
  UserDeactivated,
  UserPasswordChanged,
  UserReactivated,
  UserSecondFactorEnrolled,
  UserSecondFactorRemoved,
  UserUpdated,
  type Actor,
  type Id,
  type UserState,
} from '@voronka/contracts';
import { CrmRecord, type DomainEvent } from '@voronka/service-kit/record';
import { Column, Entity } from 'typeorm';

export interface UserContent {
  readonly name: string;
  readonly email: string;
  readonly teamId: Id | null;
  readonly roleIds: readonly Id[];
}
export interface UserPatch extends Partial<UserContent> {
  readonly active?: boolean;
}

/** What a rule must know of others before a person changes. */
export interface Surroundings {
  /** The team he shall belong to, null where there is none with that id. */
  readonly team: object | null;
  /** Whether somebody would be left to manage people and roles, were he inactive or without his roles. */
  readonly othersAdminister: boolean;
  /** Whether the roles he is to have let him do that. */
  readonly willAdminister: boolean;
  /** Whether what he owned is being handed over, or given back to him. */
  readonly offboarding: boolean;
}

/**
 * Someone who works here: a colleague to whom work is given and who, with a password, signs in. A person is never
 * removed; who leaves is made inactive and stays the author of what he entered.
 */
@Entity('user')
export class User extends CrmRecord<UserState> {
  @Column('text') name: string;
  /** In lower case; nobody else has it. */
  @Column('text') email: string;
  @Column('uuid', { nullable: true }) teamId: Id | null;
  @Column('uuid', { array: true }) roleIds: Id[];
  @Column('boolean') active: boolean;
  /** Argon2id; null for someone who cannot sign in yet. */
  @Column('text', { nullable: true }) passwordHash: string | null;

  state(): UserState {
    const { id, name, email, teamId, roleIds, active } = this;
    return { id, name, email, teamId, roleIds, active };
  }

  /** Someone joins. Refuses a team that is not there with `TEAM_NOT_FOUND`. */
  static join(
    id: Id,
    { passwordHash, ...content }: UserContent & { passwordHash: string | null },
    team: object | null,
    by: Actor,
    at: Date,
  ): DomainEvent[] {
    requireTeam(content.teamId, team);
    const user = CrmRecord.born(User, id, personOf(by), at);
    Object.assign(user, { ...content, active: true, passwordHash });
    return [user.say(UserCreated, {}, at)];
  }

  /**
   * What is known of him changes, he leaves, or he comes back; an event for each that happened. Refuses with
   * `TEAM_NOT_FOUND`, with `LAST_ADMINISTRATOR` where nobody would be left to manage people, and with
   * `OFFBOARDING_UNDER_WAY` to let him in whose records are on their way to others.
   */
  change(
    { active, ...content }: UserPatch,
    around: Surroundings,
    at: Date,
    field = active === false ? 'input.active' : 'input.roleIds',
  ): DomainEvent[] {
    requireTeam(content.teamId ?? null, around.team);
    if (active && !this.active && around.offboarding)
      throw new DomainError(
        'OFFBOARDING_UNDER_WAY',
        'This person is being offboarded. Take that back with undoOffboarding, or wait for its end.',
        'input.active',
      );
    if (!around.othersAdminister && !((active ?? this.active) && around.willAdminister))
      throw new DomainError(
        'LAST_ADMINISTRATOR',
        'This is the last active administrator. Make somebody else one first.',
        field,
      );

    const events: DomainEvent[] = [];
    const known: UserContent = { ...this };
    Object.assign(this, content);
    if (this.differs(known)) events.push(this.say(UserUpdated, {}, at));
    if (active !== undefined && active !== this.active) {
      this.active = active;
      events.push(this.say(active ? UserReactivated : UserDeactivated, {}, at));
    }
    return events;
  }

  /** Has another password. The hash is no part of the public state. */
  changePassword(passwordHash: string, at: Date): DomainEvent[] {
    this.passwordHash = passwordHash;
    return [this.say(UserPasswordChanged, {}, at)];
  }

  /** Has a second factor from now on, or none any more. It is no part of the public state. */
  changeSecondFactor(what: 'enrolled' | 'removed', at: Date): DomainEvent[] {
    return [this.say(what === 'enrolled' ? UserSecondFactorEnrolled : UserSecondFactorRemoved, {}, at)];
  }

  private differs({ name, email, teamId, roleIds }: UserContent): boolean {
    const otherRoles = JSON.stringify(this.roleIds) !== JSON.stringify(roleIds);
    return this.name !== name || this.email !== email || this.teamId !== teamId || otherRoles;
  }
}

function requireTeam(teamId: Id | null, team: object | null): void {
  if (teamId && !team)
    throw new DomainError('TEAM_NOT_FOUND', 'There is no team with this id. Choose one from `teams`.', 'input.teamId');
}
