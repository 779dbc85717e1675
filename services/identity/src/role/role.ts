import {
  administers,
  beyond,
  DomainError,
  personOf,
  rights,
  RoleCreated,
  RoleUpdated,
  RoleWithdrawn,
  shippedRoles,
  type Action,
  type Actor,
  type Grant,
  type Id,
  type RoleState,
} from '@voronka/contracts';
import { CrmRecord, type DomainEvent } from '@voronka/service-kit/record';
import { Column, Entity } from 'typeorm';

export interface RoleContent {
  readonly name: string;
  readonly description: string | null;
  readonly grants: readonly Grant[];
  /** How many records it lets one be shown within an hour; null is any number. */
  readonly rowsPerHour?: number | null;
  /** Whether sessions end once they were more. */
  readonly endSessionOnBulkRead?: boolean;
}

/** What a rule must know of others before a role changes. */
export interface Surroundings {
  /** What the one who changes it may do himself. */
  readonly held: readonly Grant[];
  /** Whether some active person could still manage people and roles without this one. */
  readonly othersAdminister: boolean;
}

const SHIPPED = new Set<Id>(Object.values(shippedRoles).map(({ id }) => id));

/**
 * What somebody may do: a head sees his branch, a salesperson what is his own. Given to people, who may have several; of
 * what they grant, the widest counts.
 */
@Entity('role')
export class Role extends CrmRecord<RoleState> {
  @Column('text') name: string;
  @Column('text', { nullable: true }) description: string | null;
  @Column('jsonb') grants: Grant[];
  @Column('integer', { nullable: true }) rowsPerHour: number | null = null;
  @Column('boolean') endSessionOnBulkRead = false;

  state(): RoleState {
    const { id, name, description, grants, rowsPerHour, endSessionOnBulkRead } = this;
    return { id, name, description, grants, rowsPerHour, endSessionOnBulkRead };
  }

  get administers(): boolean {
    return administers(this.grants);
  }

  /** Refuses with `INVALID_VALUE` an action that an entity does not have, and with `GRANT_TOO_WIDE` what its maker does not hold. */
  static define(id: Id, content: RoleContent, held: readonly Grant[], by: Actor, at: Date): DomainEvent[] {
    const role = CrmRecord.born(Role, id, personOf(by), at);
    Object.assign(role, { ...content, grants: checked(content.grants, held) });
    return [role.say(RoleCreated, {}, at)];
  }

  /**
   * Is renamed, or grants something else to all who have it. Refuses as `define` does, and with `LAST_ADMINISTRATOR` where
   * nobody would be left to manage people and roles.
   */
  change(patch: Partial<RoleContent>, { held, othersAdminister }: Surroundings, at: Date): DomainEvent[] {
    const before = JSON.stringify(this.state());
    const administered = this.administers;
    // What he cannot give he cannot take either: he would have to know better than who gave it.
    const grants = patch.grants && checked([...patch.grants], held, this.grants);
    if (grants && administered && !administers(grants) && !othersAdminister)
      throw new DomainError(
        'LAST_ADMINISTRATOR',
        'Nobody else could manage people and roles then. Give that to somebody first.',
        'input.grants',
      );
    Object.assign(this, patch, grants && { grants });
    return JSON.stringify(this.state()) === before ? [] : [this.say(RoleUpdated, {}, at)];
  }

  /** Refuses with `GRANT_TOO_WIDE` to give to somebody a role that grants more than the giver holds. */
  requireGivable(held: readonly Grant[], field: string): void {
    const wide = beyond(held, this.grants);
    if (wide)
      throw new DomainError(
        'GRANT_TOO_WIDE',
        `This role lets one ${wide.action} a ${wide.entity} more widely than you may. Ask somebody who may give it.`,
        field,
      );
  }

  /** Refuses with `ROLE_SHIPPED` one that every organisation has, and with `ROLE_IN_USE` one that somebody, or a key, has. */
  withdraw(holders: number, at: Date): DomainEvent[] {
    if (SHIPPED.has(this.id))
      throw new DomainError('ROLE_SHIPPED', 'This role comes with Voronka. Change what it grants instead.', 'id');
    if (holders > 0)
      throw new DomainError(
        'ROLE_IN_USE',
        'A person or an API key has this role. Give those people another one, and revoke those keys, first.',
        'id',
      );
    return [this.say(RoleWithdrawn, {}, at)];
  }
}

/** Grants in one order, each once. What a role has already may stay, whoever changes the rest. */
function checked(grants: readonly Grant[], held: readonly Grant[], present: readonly Grant[] = []): Grant[] {
  grants.forEach(({ entity, action }, i) => {
    if (!(rights[entity] as readonly Action[]).includes(action))
      throw new DomainError(
        'INVALID_VALUE',
        `There is no right to ${action} a ${entity}. Of a ${entity} one can: ${rights[entity].join(', ')}.`,
        `input.grants.${i}.action`,
      );
  });
  const wide = beyond([...held, ...present], grants);
  if (wide)
    throw new DomainError(
      'GRANT_TOO_WIDE',
      `Your own roles do not let you ${wide.action} a ${wide.entity} so widely. Grant what you hold yourself.`,
      `input.grants.${grants.indexOf(wide)}`,
    );
  const key = ({ entity, action, scope }: Grant) => `${entity} ${action} ${scope}`;
  const unique = new Map(grants.map((grant) => [key(grant), grant]));
  return [...unique].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, grant]) => grant);
}
