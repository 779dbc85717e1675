import {
  DomainError,
  personOf,
  TeamCreated,
  TeamUpdated,
  type Actor,
  type Id,
  type TeamState,
} from '@voronka/contracts';
import { CrmRecord, type DomainEvent } from '@voronka/service-kit/record';
import { Column, Entity } from 'typeorm';
import type { User } from '../user/user.js';

export interface TeamContent {
  readonly name: string;
  readonly parentId: Id | null;
  readonly headId: Id | null;
}

/** What a rule must know of others before a team is made or changed. */
export interface Surroundings {
  /** The team it shall lie below and, for a team that moves, all above that up to the top of the tree. */
  readonly above: readonly Team[];
  /** The person who shall lead it, null where there is none with that id. */
  readonly head: User | null;
}

/**
 * A team of the sales organisation. Teams form a tree: a region, its groups, their groups. The head of a team answers
 * for it and for all below it.
 */
@Entity('team')
export class Team extends CrmRecord<TeamState> {
  @Column('text') name: string;
  @Column('uuid', { nullable: true }) parentId: Id | null;
  @Column('uuid', { nullable: true }) headId: Id | null;

  state(): TeamState {
    const { id, name, parentId, headId } = this;
    return { id, name, parentId, headId };
  }

  /** A team joins the tree. Refuses with `TEAM_NOT_FOUND` and `OWNER_NOT_FOUND` what it would refer to in vain. */
  static found(id: Id, content: TeamContent, around: Surroundings, by: Actor, at: Date): DomainEvent[] {
    const team = CrmRecord.born(Team, id, personOf(by), at);
    team.settle(content, around);
    return [team.say(TeamCreated, {}, at)];
  }

  /**
   * Is renamed, moved in the tree or given another head. Refuses with `TEAM_NOT_FOUND`, `OWNER_NOT_FOUND`, and with
   * `TEAM_CYCLE` a place below itself.
   */
  change(patch: Partial<TeamContent>, around: Surroundings, at: Date): DomainEvent[] {
    const { name, parentId, headId } = this;
    if (patch.parentId) this.refuseCycle(patch.parentId, around.above);
    this.settle({ name, parentId, headId, ...patch }, around, patch);
    const changed = this.name !== name || this.parentId !== parentId || this.headId !== headId;
    return changed ? [this.say(TeamUpdated, {}, at)] : [];
  }

  private settle(content: TeamContent, { above, head }: Surroundings, given: Partial<TeamContent> = content): void {
    if (given.parentId && !above.some((team) => team.id === given.parentId))
      throw new DomainError(
        'TEAM_NOT_FOUND',
        'There is no team with this id. Choose the parent from `teams`.',
        'input.parentId',
      );
    if (given.headId && !head?.active)
      throw new DomainError(
        'OWNER_NOT_FOUND',
        'Nobody active has this id. Choose the head from `users`.',
        'input.headId',
      );
    Object.assign(this, content);
  }

  /** Walks from the place up to the top, and must not meet itself. */
  private refuseCycle(parentId: Id, above: readonly Team[]): void {
    const teams = new Map(above.map((team) => [team.id, team]));
    let team = teams.get(parentId);
    while (team) {
      if (team.id === this.id)
        throw new DomainError(
          'TEAM_CYCLE',
          'A team cannot lie below itself. Choose a parent outside of it.',
          'input.parentId',
        );
      const next: Id | null = team.parentId;
      team = next ? teams.get(next) : undefined;
      if (next && !team)
        throw new DomainError(
          'CONFLICT',
          'Somebody moved a team above this place at the same moment. Look at the tree and repeat your change.',
          'input.parentId',
        );
    }
  }
}
