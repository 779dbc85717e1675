import { Inject, Injectable } from '@nestjs/common';
import type { Id } from '@voronka/contracts';
import { Database } from '@voronka/messaging';
import { tableOf } from '../store/table.js';
import { HANDOVERS, type Handovers, type Inheritance } from './inheritance.js';
import type { Inherited, Loads } from './successors.js';

/** Records of one transaction. People wait for those only which they want to change at that moment. */
export const RECORDS = 250;

/** What people own in this service, asked of its nouns' tables. */
@Injectable()
export class Estate {
  constructor(
    private readonly database: Database,
    @Inject(HANDOVERS) private readonly handovers: Handovers,
  ) {}

  /** Handovers that are under way; and those that are done, where something has come in his name since. */
  async due(): Promise<Id[]> {
    const left = this.handovers.nouns.map((noun) => `exists (select from ${from(noun)} where t.owner_id = h.user_id)`);
    return this.ids(
      'due',
      `select h.id from handover h where h.status in ('RUNNING', 'UNDOING')
         or h.status = 'DONE' and (${left.join(' or ')})
            and exists (select from directory_user u where u.id = h.user_id and not u.active)
       order by h.created_at desc`,
      [],
    );
  }

  /** Whether the parts of other services are through that come before this one. */
  async free(handoverId: Id): Promise<boolean> {
    const { after = [] } = this.handovers;
    if (after.length === 0) return true;
    const text = 'select handover_id as id from handover_before where handover_id = $1';
    return (await this.ids('before', text, [handoverId])).length >= after.length;
  }

  /** How many records somebody owns. */
  async total(userId: Id): Promise<number> {
    const counts = this.handovers.nouns.map((noun) => `(select count(*) from ${from(noun)} where t.owner_id = $1)`);
    const { rows } = await this.database.query<{ total: number }>({
      name: 'handover:total',
      text: `select ${counts.join(' + ')} as total`,
      values: [userId],
    });
    return rows[0]!.total;
  }

  /** How much open work people have. */
  async loads(people: readonly Id[]): Promise<Loads> {
    const open = this.handovers.nouns.map(
      (noun) => `select t.owner_id from ${from(noun)} where t.owner_id = any($1::uuid[]) and ${noun.open}`,
    );
    const { rows } = await this.database.query<{ id: Id; open: number }>({
      name: 'handover:loads',
      text: `select owner_id as id, count(*) as open from (${open.join(' union all ')}) w group by owner_id`,
      values: [people],
    });
    return Object.fromEntries(rows.map(({ id, open }) => [id, { open, closed: 0 }]));
  }

  /**
   * Some of what somebody still owns of a noun, by the index that lists use, and what decides who takes it over. Unless the
   * handover is `free`, only what goes with something that is known to have another owner.
   */
  async his(
    noun: Inheritance,
    { id: handoverId, userId }: { id: Id; userId: Id },
    free: boolean,
  ): Promise<(Inherited & { readonly id: Id })[]> {
    const { open, pipeline = 'null::uuid', kin = 'null::uuid' } = noun;
    const { rows } = await this.database.query<Inherited & { id: Id }>({
      name: `handover:his:${tableOf(noun.type).name}`,
      text: `select t.id, (${open}) as open, ${pipeline} as "pipelineId", k.owner_id as kin
             from ${from(noun)} left join handover_record k
               on k.handover_id = $2 and k.record_id = ${kin} and k.owner_id <> $1
             where t.owner_id = $1 and ($3 or k.owner_id is not null) order by t.created_at desc, t.id desc limit ${RECORDS}`,
      values: [userId, handoverId, free],
    });
    return rows;
  }

  /** Some of the records of others that are shared with somebody; none of a noun that cannot be shared. */
  async sharedWith(noun: Inheritance, userId: Id): Promise<Id[]> {
    const { name, whose } = tableOf(noun.type);
    if (!whose.shared) return [];
    const text = `select t.id from ${from(noun)} where ${whose.shared} <> '{}' and ${whose.shared} && array[$1::uuid] limit ${RECORDS}`;
    return this.ids(`shared:${name}`, text, [userId]);
  }

  private async ids(name: string, text: string, values: unknown[]): Promise<Id[]> {
    const { rows } = await this.database.query<{ id: Id }>({ name: `handover:${name}`, text, values });
    return rows.map(({ id }) => id);
  }
}

const from = ({ type }: Inheritance) => `"${tableOf(type).name}" t`;
