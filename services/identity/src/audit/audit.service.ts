import { Inject, Injectable } from '@nestjs/common';
import type { Actor, AuditEntry } from '@voronka/contracts';
import {
  Clock,
  columns,
  Database,
  newId,
  SETTINGS,
  Store,
  whole,
  type ListArgs,
  type Page,
} from '@voronka/service-kit';
import { auditList } from './audit.graphql.js';
import { monthsOf, oldestKept, type Audited } from './audit.js';

const MONTHS = 24;
/** Settings of the log beside those of identity. */
export const settings = {
  AUDIT_MONTHS: whole(1, 1_200)
    .default(MONTHS)
    .meta({ description: 'How long it is known who looked at what.', unit: 'months' }),
};

/** The log of who looked at what: it is added to, read, and forgotten by whole months. */
@Injectable()
export class AuditService {
  constructor(
    @Inject(SETTINGS) private readonly given: { AUDIT_MONTHS?: number },
    private readonly store: Store,
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** The newest first where no order is given. That somebody looked stands in the log too. */
  list(by: Actor, args: ListArgs): Promise<Page<Audited>> {
    return this.store.list(by, auditList, args);
  }

  /** Adds entries in the transaction that takes their event down, so each once. A month that begins lets the oldest go. */
  async keep(service: string, entries: readonly AuditEntry[]): Promise<void> {
    if (entries.length === 0) return;
    const { rows } = await this.database.query<{ begun: boolean }>({
      name: 'audit:months',
      text: 'select audit_entry_keep($1::date[]) as begun',
      values: [monthsOf(entries)],
    });
    await this.database.query({
      name: 'audit:keep',
      text: `insert into audit_entry (service, id, at, action, person_id, session_id, key_id, in_place_of, entity,
               record_id, rows, code, detail, address, correlation_id)
             select $1, * from unnest($2::uuid[], $3::timestamptz[], $4::text[], $5::uuid[], $6::uuid[], $7::uuid[],
               $8::uuid[], $9::text[], $10::uuid[], $11::integer[], $12::text[], $13::text[], $14::text[], $15::text[])`,
      values: [
        service,
        entries.map(newId),
        ...columns(entries, 'at', 'action', 'personId', 'sessionId', 'keyId', 'inPlaceOf', 'entity'),
        ...columns(entries, 'recordId', 'rows', 'code', 'detail', 'address', 'correlationId'),
      ],
    });
    if (rows[0]?.begun) await this.forget();
  }

  private async forget(): Promise<void> {
    const { AUDIT_MONTHS: months = MONTHS } = this.given;
    const before = oldestKept(this.clock.now(), months);
    await this.database.query({ text: 'select audit_entry_forget($1::date)', values: [before] });
  }
}
