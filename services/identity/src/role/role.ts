import {
  administers,
  DomainError,
  excess,
  personOf,
  rights,
  RoleCreated,
  RoleUpdated,
  RoleWithdrawn,
  shippedRoles,
  type Action,
  type Actor,
  type FieldLimit,
  type Grant,
  type Id,
  type PipelineLimit,
  type Power,
  type RoleState,
} from '@voronka/contracts';
import { CrmRecord, type DomainEvent } from '@voronka/service-kit/record';
import { Column, Entity } from 'typeorm';

export interface RoleContent extends Power {
  readonly name: string;
  readonly description: string | null;
  readonly secondFactor?: boolean;
  /** How many records it lets one be shown within an hour; null is any number. */
  readonly rowsPerHour?: number | null;
  /** Whether sessions end once they were more. */
  readonly endSessionOnBulkRead?: boolean;
}

/** What a rule must know of others before a role changes. */
export interface Surroundings {
  /** What the one who changes it may do himself. */
  readonly held: readonly Power[];
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
  @Column('jsonb', { nullable: true }) pipelines: PipelineLimit[] | null;
  @Column('jsonb') fields: FieldLimit[];
  /** Whether who has it must sign in with a second factor. */
  @Column('boolean') secondFactor: boolean;
  @Column('integer', { nullable: true }) rowsPerHour: number | null = null;
  @Column('boolean') endSessionOnBulkRead = false;

  state(): RoleState {
    const { id, name, description, grants, pipelines, fields, secondFactor, rowsPerHour, endSessionOnBulkRead } = this;
    return {
      ...{ id, name, description, grants, pipelines, fields, secondFactor, rowsPerHour, endSessionOnBulkRead },
    };
  }

  get administers(): boolean {
    return administers(this.grants);
  }

  /** Refuses with `INVALID_VALUE` an action that an entity does not have, and with `GRANT_TOO_WIDE` what its maker does not hold. */
  static define(id: Id, content: RoleContent, held: readonly Power[], by: Actor, at: Date): DomainEvent[] {
    const role = CrmRecord.born(Role, id, personOf(by), at);
    const { secondFactor = false } = content;
    Object.assign(role, content, { secondFactor, ...checked(content, held) });
    return [role.say(RoleCreated, {}, at)];
  }

  /**
   * Is renamed, or grants something else to all who have it. Refuses as `define` does, and with `LAST_ADMINISTRATOR` where
   * nobody would be left to manage people and roles.
   */
  change(patch: Partial<RoleContent>, { held, othersAdminister }: Surroundings, at: Date): DomainEvent[] {
    const before = JSON.stringify(this.state());
    const administered = this.administers;
    const { grants, pipelines, fields } = this;
    const power = checked({ grants, pipelines, fields, ...patch }, held, { grants, pipelines, fields });
    if (administered && !administers(power.grants) && !othersAdminister)
      throw new DomainError(
        'LAST_ADMINISTRATOR',
        'Nobody else could manage people and roles then. Give that to somebody first.',
        'input.grants',
      );
    Object.assign(this, patch, power);
    return JSON.stringify(this.state()) === before ? [] : [this.say(RoleUpdated, {}, at)];
  }

  /** Refuses with `GRANT_TOO_WIDE` to give to somebody a role that grants more than the giver holds. */
  requireGivable(held: readonly Power[], field: string): void {
    const wide = excess(held, this);
    if (wide)
      throw new DomainError(
        'GRANT_TOO_WIDE',
        `By this role one may ${wide.what}, and you may not. Ask somebody who may give it.`,
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

/** Each part in one order and each of it once. What a role has already may stay, whoever changes the rest. */
function checked({ grants, pipelines, fields }: Power, held: readonly Power[], present?: Power): Power {
  grants.forEach(({ entity, action }, i) => {
    if (!(rights[entity] as readonly Action[]).includes(action))
      throw new DomainError(
        'INVALID_VALUE',
        `There is no right to ${action} a ${entity}. Of a ${entity} one can: ${rights[entity].join(', ')}.`,
        `input.grants.${i}.action`,
      );
  });
  const power: Power = {
    grants: inOrder(grants, ({ entity, action, scope }) => `${entity} ${action} ${scope}`),
    pipelines: pipelines && inOrder(pipelines, ({ pipelineId }) => pipelineId),
    fields: inOrder(fields, ({ field }) => field),
  };
  const wide = excess(present ? [...held, present] : held, { ...power, grants });
  if (wide)
    throw new DomainError(
      'GRANT_TOO_WIDE',
      `Your own roles do not let you ${wide.what}. Give what you hold yourself.`,
      `input.${wide.at}`,
    );
  return power;
}

function inOrder<T>(all: readonly T[], keyOf: (one: T) => string): T[] {
  const unique = new Map(all.map((one) => [keyOf(one), one]));
  return [...unique].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
}
