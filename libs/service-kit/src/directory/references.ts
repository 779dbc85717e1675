import { DomainError, type ErrorCode, type Id } from '@voronka/contracts';
import { Injectable } from '@nestjs/common';
import { Database } from '@voronka/messaging';
import { sharedReads, type SharedLoader } from '../store/shared-loader.js';
import { eventually } from './eventually.js';

/** Nouns of other services that a service may refer to. */
export type ReferenceKind = 'company' | 'contact' | 'lead' | 'deal' | 'product' | 'pipeline' | 'stage';

const codes: Record<ReferenceKind, ErrorCode> = {
  company: 'COMPANY_NOT_FOUND',
  contact: 'CONTACT_NOT_FOUND',
  lead: 'LEAD_NOT_FOUND',
  deal: 'DEAL_NOT_FOUND',
  product: 'PRODUCT_NOT_FOUND',
  pipeline: 'PIPELINE_NOT_FOUND',
  stage: 'STAGE_NOT_FOUND',
};

/** This service's copy of which records of other services exist, fed by their events. */
@Injectable()
export class References {
  private readonly known: SharedLoader<boolean>;

  constructor(private readonly database: Database) {
    this.known = sharedReads(database, (keys) => this.read(keys));
  }

  /**
   * Refuses, for example with `COMPANY_NOT_FOUND`, where no such record is known here, after two seconds in which one
   * that was just made may arrive. Null is nothing to check. What is not `visible` is as if it were not there.
   */
  async require(kind: ReferenceKind, id: Id | null | undefined, field: string, visible = true): Promise<void> {
    if (!id) return;
    const known = await eventually(async () => ((await this.isKnown(kind, id)) && visible) || null);
    if (!known)
      throw new DomainError(
        codes[kind],
        `There is no ${kind} with this id. Check it; if it was made just now, try again in a moment.`,
        field,
      );
  }

  /** The same for several ids; `field` names the list. */
  async requireAll(kind: ReferenceKind, ids: readonly Id[], field: string): Promise<void> {
    await Promise.all(ids.map((id, i) => this.require(kind, id, `${field}.${i}`)));
  }

  private async isKnown(kind: ReferenceKind, id: Id): Promise<boolean> {
    return (await this.known([`${kind} ${id}`]))[0] ?? false;
  }

  private async read(keys: readonly string[]): Promise<boolean[]> {
    const asked = keys.map((key) => key.split(' '));
    const { rows } = await this.database.query<{ key: string }>({
      name: 'reference:known',
      text: `select r.kind || ' ' || r.id as key from reference r
             join (select distinct * from unnest($1::text[], $2::uuid[]) as a(kind, id)) a using (kind, id)`,
      values: [asked.map(([kind]) => kind), asked.map(([, id]) => id)],
    });
    const known = new Set(rows.map((row) => row.key));
    return keys.map((key) => known.has(key));
  }
}
