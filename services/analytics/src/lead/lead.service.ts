import { Injectable } from '@nestjs/common';
import type { Id, LeadUpdated, ReceivedOf } from '@voronka/contracts';
import { columns, Database } from '@voronka/service-kit';
import { summaryOf, type LeadSummary } from './lead-summary.js';

// eslint-disable-next-line voronka/reads-within-reach -- keeps the projection
const keep = `
  insert into lead as l (id, version, status, furthest, owner_id, source, captured_at, converted_at)
  select n.id, n.version, n.status, n.furthest, n.owner_id, n.source, n.since,
    case when n.throughout then coalesce((select k.converted_at from lead k where k.id = n.id), n.converted_at)
      else n.converted_at end
  from unnest($1::uuid[], $2::int[], $3::text[], $4::int[], $5::uuid[], $6::text[], $7::timestamptz[], $8::timestamptz[],
    $9::boolean[]) as n(id, version, status, furthest, owner_id, source, since, converted_at, throughout)
  on conflict (id) do update set version = excluded.version, status = excluded.status,
    furthest = greatest(l.furthest, excluded.furthest), owner_id = excluded.owner_id, source = excluded.source,
    converted_at = excluded.converted_at
  where l.version < excluded.version`;

/** What reports know of leads: a row per lead as it stands, with how far it ever came. */
@Injectable()
export class LeadService {
  constructor(private readonly database: Database) {}

  /** Takes events in, those of one lead in order; its first tells when it was captured. What is not newer than what is kept changes nothing. */
  keep(events: readonly ReceivedOf<typeof LeadUpdated>[]): void {
    const summaries = new Map<Id, LeadSummary>();
    for (const { subject, data, occurredAt: at, aggregateVersion: version } of events)
      summaries.set(subject, summaryOf(summaries.get(subject), { lead: data.lead, version, at }));
    const rows = [...summaries.values()];
    this.database.send({
      name: 'lead:keep',
      text: keep,
      values: [
        ...columns(rows, 'id', 'version', 'status', 'furthest', 'ownerId', 'source', 'since', 'convertedAt'),
        ...columns(rows, 'throughout'),
      ],
    });
  }
}
