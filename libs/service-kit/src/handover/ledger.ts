import { Injectable } from '@nestjs/common';
import type { Id } from '@voronka/contracts';
import { Database } from '@voronka/messaging';
import { columns } from '../columns.js';
import type { Access } from '../record.js';
import { RECORDS } from './estate.js';
import type { Handed } from './handover.js';

/** A record that was shared with the leaver and is with another in his place; what both had, and what that one has now. */
export interface PassedShare {
  readonly id: Id;
  readonly successorId: Id;
  readonly leaverHad: Access;
  readonly successorHad: Access;
  readonly successorHas: Access;
}

const PRUNED = 10_000;

/** What was handed over to whom: what it takes to undo it, and to keep together what belongs together. */
@Injectable()
export class Ledger {
  constructor(private readonly database: Database) {}

  /** `noun` tells own records from those of other services. */
  async note(handoverId: Id, noun: string, handed: readonly Handed[]): Promise<void> {
    await this.database.query({
      name: 'handover:note',
      text: `insert into handover_record (handover_id, noun, record_id, owner_id)
             select $1, $2, * from unnest($3::uuid[], $4::uuid[])
             on conflict (handover_id, record_id) do update set owner_id = excluded.owner_id`,
      values: [handoverId, noun, ...columns(handed, 'id', 'ownerId')],
    });
  }

  /** Some of what was handed over: to whom, by the record. Forgets it. */
  async take(handoverId: Id, noun: string): Promise<ReadonlyMap<Id, Id>> {
    const { rows } = await this.database.query<Handed>({
      name: 'handover:take',
      text: `delete from handover_record where ${someOf('handover_record')}
             returning record_id as id, owner_id as "ownerId"`,
      values: [handoverId, noun],
    });
    return new Map(rows.map(({ id, ownerId }) => [id, ownerId]));
  }

  async noteShares(handoverId: Id, noun: string, shares: readonly PassedShare[]): Promise<void> {
    await this.database.query({
      name: 'handover:note-shares',
      text: `insert into handover_share
               (handover_id, noun, record_id, successor_id, leaver_had, successor_had, successor_has)
             select $1, $2, * from unnest($3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[])
             on conflict do nothing`,
      values: [handoverId, noun, ...columns(shares, 'id', 'successorId', 'leaverHad', 'successorHad', 'successorHas')],
    });
  }

  /** Some of the shares that were passed on, by the record. Forgets them. */
  async takeShares(handoverId: Id, noun: string): Promise<ReadonlyMap<Id, PassedShare>> {
    const { rows } = await this.database.query<PassedShare>({
      name: 'handover:take-shares',
      text: `delete from handover_share where ${someOf('handover_share')}
             returning record_id as id, successor_id as "successorId", leaver_had as "leaverHad",
               successor_had as "successorHad", successor_has as "successorHas"`,
      values: [handoverId, noun],
    });
    return new Map(rows.map((share) => [share.id, share]));
  }

  /** The part of another service is through. */
  async notePart(handoverId: Id, part: string): Promise<void> {
    await this.database.query({
      name: 'handover:note-part',
      text: 'insert into handover_before (handover_id, part) values ($1, $2) on conflict do nothing',
      values: [handoverId, part],
    });
  }

  /** Forgets some of what was handed over in offboardings that began before then. */
  async forget(before: Date): Promise<void> {
    for (const table of ['handover_record', 'handover_share'])
      await this.database.query({
        name: `handover:forget:${table}`,
        text: `delete from ${table} where ctid = any(array(select r.ctid from handover h join ${table} r
                 on r.handover_id = h.id where h.created_at < $1 limit ${PRUNED}))`,
        values: [before],
      });
  }
}

const someOf = (table: string) =>
  `ctid = any(array(select ctid from ${table} where handover_id = $1 and noun = $2 limit ${RECORDS}))`;
