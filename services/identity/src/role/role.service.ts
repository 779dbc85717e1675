import { Injectable } from '@nestjs/common';
import {
  DomainError,
  FieldLimit,
  Grant,
  PipelineLimit,
  prose,
  shippedRoles,
  text,
  type Actor,
  type Id,
  type Power,
} from '@voronka/contracts';
import {
  check,
  checkPatch,
  Clock,
  Database,
  Directory,
  id,
  many,
  one,
  optional,
  References,
  Store,
  type ListArgs,
  type Page,
  type Verb,
} from '@voronka/service-kit';
import { z } from 'zod';
import { fieldLimitOf, grantOf, roleList, type CreateRoleInput, type UpdateRoleInput } from './role.graphql.js';
import { Role } from './role.js';

const content = z.object({
  name: text(200),
  description: optional(prose(2_000)),
  grants: z.array(Grant).max(500, 'These are too many. Grant at most 500.'),
  pipelines: optional(z.array(PipelineLimit).max(100, 'These are too many. Name at most 100 pipelines.')),
  fields: z
    .array(FieldLimit)
    .max(100, 'These are too many. Name each field once.')
    .nullish()
    .transform((all) => all ?? []),
  secondFactor: z.boolean(),
  rowsPerHour: optional(z.number().int().min(1, 'Let at least one record be read.')),
  endSessionOnBulkRead: z
    .boolean()
    .nullish()
    .transform((ends) => ends ?? false),
});
const newRole = content.extend({ id: optional(id), secondFactor: z.boolean().nullish().transform(Boolean) });
const EVERYTHING: readonly Power[] = [shippedRoles.ADMINISTRATOR];
const HOUSE: Actor = { id: 'system:identity', may: 'anything' };

/** The use cases around roles. Who may call them is said at the door. */
@Injectable()
export class RoleService {
  constructor(
    private readonly store: Store,
    private readonly database: Database,
    private readonly directory: Directory,
    private readonly references: References,
    private readonly clock: Clock,
  ) {}

  /**
   * Makes those of the shipped roles that are not there. A right that is new in this version nobody has, so nobody could
   * give it: the shipped roles get it as they are shipped. Runs at every start.
   */
  async ship(): Promise<void> {
    const roles = Object.values(shippedRoles);
    const idsOf = (some: readonly { id: Id }[]) => some.map(({ id }) => id);
    const known = await this.byIds(HOUSE, idsOf(roles));
    const missing = roles.filter((_, i) => !known[i]);
    await Promise.all(
      missing.map(({ id, ...role }) =>
        this.store.create(HOUSE, Role, { id, content: role }, (_, roleId, now) =>
          Role.define(roleId, role, [role], HOUSE, now),
        ),
      ),
    );
    const granted = await this.granted();
    const isNew = ({ entity, action }: Grant) => !granted.has(`${entity} ${action}`);
    const gaining = roles.filter(({ grants }) => grants.some(isNew));
    if (gaining.length === 0) return;
    const around = { held: EVERYTHING, othersAdminister: true };
    await this.store.write(HOUSE, { known: many(Role, idsOf(gaining)) }, ({ known }, now) =>
      known.flatMap((role, i) =>
        role.change({ grants: [...role.grants, ...gaining[i]!.grants.filter(isNew)] }, around, now),
      ),
    );
  }

  /** What somebody may do by some role, as `entity action`. */
  private async granted(): Promise<ReadonlySet<string>> {
    const { rows } = await this.database.query<{ right: string }>({
      name: 'role:granted',
      text: `select distinct concat(g.value ->> 'entity', ' ', g.value ->> 'action') as right
             from role r cross join jsonb_array_elements(r.grants) g`,
    });
    return new Set(rows.map(({ right }) => right));
  }

  byIds(by: Actor, ids: readonly Id[]): Promise<(Role | null)[]> {
    return this.store.byIds(by, Role, ids);
  }

  get(by: Actor, roleId: Id): Promise<Role> {
    return this.store.get(by, Role, roleId);
  }

  list(by: Actor, args: ListArgs): Promise<Page<Role>> {
    return this.store.list(by, roleList, args);
  }

  async create(by: Actor, input: CreateRoleInput): Promise<Role> {
    const { id: chosen, ...role } = check(newRole, spoken(input));
    await this.requirePipelines(role.pipelines);
    const held = await this.held(by);
    const { record } = await this.store.create(by, Role, { id: chosen, content: role }, (_, roleId, now) =>
      Role.define(roleId, role, held, by, now),
    );
    return record;
  }

  /** Refuses with `GRANT_TOO_WIDE` and `LAST_ADMINISTRATOR`. */
  async update(by: Actor, { id: roleId, expectedVersion }: Verb, input: UpdateRoleInput): Promise<Role> {
    const patch = checkPatch(content, spoken(input));
    await this.requirePipelines(patch.pipelines);
    const held = await this.held(by);
    return this.alone(async () => {
      const around = { held, othersAdminister: await this.othersAdminister(roleId) };
      const { role } = await this.store.write(by, { role: one(Role, roleId, expectedVersion) }, ({ role }, now) =>
        role.change(patch, around, now),
      );
      return role;
    });
  }

  /** Refuses with `ROLE_IN_USE` and `ROLE_SHIPPED`. */
  async withdraw(by: Actor, { id: roleId, expectedVersion }: Verb): Promise<Role> {
    return this.alone(async () => {
      const { rowCount } = await this.database.query({
        name: 'role:holders',
        text: `(select from "user" where role_ids @> array[$1::uuid] limit 1) union all
               (select from api_key where role_id = $1 and revoked_at is null and expires_at > $2 limit 1)`,
        values: [check(id, roleId, 'id'), this.clock.now()],
      });
      const { role } = await this.store.write(by, { role: one(Role, roleId, expectedVersion) }, ({ role }, now) =>
        role.withdraw(rowCount, now),
      );
      return role;
    });
  }

  /** The roles somebody, or a key of his, shall have; refuses with `ROLE_NOT_FOUND`, and with `GRANT_TOO_WIDE` what is not `by`'s to give. */
  async requireGivable(
    by: Actor,
    roleIds: readonly Id[],
    present: readonly Id[] = [],
    field = (i: number) => `input.roleIds.${i}`,
  ): Promise<void> {
    const roles = await this.byIds(HOUSE, roleIds);
    const held = await this.held(by);
    roles.forEach((role, i) => {
      if (!role)
        throw new DomainError('ROLE_NOT_FOUND', 'There is no role with this id. Choose one from `roles`.', field(i));
      if (!present.includes(role.id)) role.requireGivable(held, field(i));
    });
  }

  /**
   * What is decided by looking at several people's roles is decided one after the other. In the transaction that changes
   * them; it serves also whoever gives roles to people.
   */
  alone<T>(work: () => Promise<T>): Promise<T> {
    return this.database.transaction(async () => {
      await this.database.turn('roles');
      return work();
    });
  }

  /** Whether an active person manages people and roles by other roles than this one, or is another person than that one. */
  async othersAdminister(roleId: Id | null, userId: Id | null = null): Promise<boolean> {
    const { rowCount } = await this.database.query({
      name: 'role:administrators',
      text: `select from "user" u join role r on r.id = any(u.role_ids) cross join jsonb_array_elements(r.grants) g
             where u.active and u.id is distinct from $2 and r.id is distinct from $1
               and g.value ->> 'action' = 'manage' and g.value ->> 'entity' in ('user', 'role')
             group by u.id having count(distinct g.value ->> 'entity') = 2 limit 1`,
      values: [roleId, userId],
    });
    return rowCount > 0;
  }

  /** Refuses with `PIPELINE_NOT_FOUND` and `STAGE_NOT_FOUND`. */
  private async requirePipelines(pipelines: readonly PipelineLimit[] | null | undefined): Promise<void> {
    await Promise.all(
      (pipelines ?? []).flatMap(({ pipelineId, stageIds }, i) => [
        this.references.require('pipeline', pipelineId, `input.pipelines.${i}.pipelineId`),
        this.references.requireAll('stage', stageIds ?? [], `input.pipelines.${i}.stageIds`),
      ]),
    );
  }

  private async held(by: Actor): Promise<readonly Power[]> {
    if (by.may === 'anything') return EVERYTHING;
    return (await this.directory.now()).powers(by.id, by.key?.roleId);
  }
}

/** What a caller said, in the words of the contracts. */
const spoken = <T extends Partial<CreateRoleInput>>({ grants, fields, ...rest }: T) => ({
  ...rest,
  ...(grants && { grants: grants.map(grantOf) }),
  ...(fields !== undefined && { fields: fields?.map(fieldLimitOf) ?? null }),
});
