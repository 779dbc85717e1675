import { Injectable } from '@nestjs/common';
import type { LeadState, LeadStatus } from '@voronka/contracts';
import { Database } from '@voronka/service-kit';

/** How far a lead has come when it is in a status; the others do not say. */
const ranks: Partial<Record<LeadStatus, number>> = { NEW: 0, WORKING: 1, QUALIFIED: 2 };

/** What reports know of leads: a row per lead as it stands, with how far it ever came. */
@Injectable()
export class LeadService {
  constructor(private readonly database: Database) {}

  /** Takes an event in; a lead's first tells when it was captured. One that is not newer than what is kept changes nothing. */
  async keep({ id, status, ownerId, source }: LeadState, at: Date, version: number): Promise<void> {
    const convertedAt = status === 'CONVERTED' ? at : null;
    await this.database.query({
      name: 'lead:keep',
      text: `insert into lead as l (id, version, status, furthest, owner_id, source, captured_at, converted_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8)
             on conflict (id) do update set version = excluded.version, status = excluded.status,
               furthest = greatest(l.furthest, excluded.furthest), owner_id = excluded.owner_id,
               source = excluded.source,
               converted_at = case excluded.status when 'CONVERTED' then coalesce(l.converted_at, excluded.converted_at) end
             where l.version < excluded.version`,
      values: [id, version, status, ranks[status] ?? 0, ownerId, source, at, convertedAt],
    });
  }
}
