import { DomainError, type ErrorCode, type Id } from '@voronka/contracts';
import { Injectable } from '@nestjs/common';
import { Database } from '@voronka/messaging';
import { eventually } from './eventually.js';

/** Nouns of other services that a service may refer to. */
export type ReferenceKind = 'company' | 'contact' | 'lead' | 'deal' | 'product' | 'pipeline';

const codes: Record<ReferenceKind, ErrorCode> = {
  company: 'COMPANY_NOT_FOUND',
  contact: 'CONTACT_NOT_FOUND',
  lead: 'LEAD_NOT_FOUND',
  deal: 'DEAL_NOT_FOUND',
  product: 'PRODUCT_NOT_FOUND',
  pipeline: 'PIPELINE_NOT_FOUND',
};

/** This service's copy of which records of other services exist, fed by their events. */
@Injectable()
export class References {
  constructor(private readonly database: Database) {}

  /**
   * Refuses, for example with `COMPANY_NOT_FOUND`, where no such record is known here, after two seconds in which one
   * that was just made may arrive. Null is nothing to check.
   */
  async require(kind: ReferenceKind, id: Id | null | undefined, field: string): Promise<void> {
    if (!id) return;
    const known = await eventually(async () => {
      const { rowCount } = await this.database.query({
        name: 'reference:known',
        text: 'select 1 from reference where kind = $1 and id = $2::uuid',
        values: [kind, id],
      });
      return rowCount > 0 || null;
    });
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
}
