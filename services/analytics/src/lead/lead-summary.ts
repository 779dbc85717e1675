import type { Id, LeadState, LeadStatus } from '@voronka/contracts';

/** What an event says of a lead: its state and version after it, and when it happened. */
export interface LeadNews {
  readonly lead: Pick<LeadState, 'id' | 'status' | 'ownerId' | 'source'>;
  readonly version: number;
  readonly at: Date;
}

/** What some events of one lead, in order, come to. */
export interface LeadSummary {
  readonly id: Id;
  readonly version: number;
  readonly status: LeadStatus;
  readonly ownerId: Id;
  readonly source: string | null;
  /** How far the lead came among them: 0 captured, 1 working, 2 qualified. */
  readonly furthest: number;
  /** When the first happened: for a lead that is not known yet, when it was captured. */
  readonly since: Date;
  /** When the lead became converted as it is now, null where it is not. */
  readonly convertedAt: Date | null;
  /** It was converted after each of them, so that it may have become so before them. */
  readonly throughout: boolean;
}

/** How far a lead has come when it is in a status; the others do not say. */
const ranks: Partial<Record<LeadStatus, number>> = { NEW: 0, WORKING: 1, QUALIFIED: 2 };

/** One more event of a lead; `before` is undefined for the first. */
export function summaryOf(before: LeadSummary | undefined, { lead, version, at }: LeadNews): LeadSummary {
  const converted = lead.status === 'CONVERTED';
  return {
    id: lead.id,
    version,
    status: lead.status,
    ownerId: lead.ownerId,
    source: lead.source,
    furthest: Math.max(before?.furthest ?? 0, ranks[lead.status] ?? 0),
    since: before?.since ?? at,
    convertedAt: converted ? (before?.convertedAt ?? at) : null,
    throughout: converted && (before?.throughout ?? true),
  };
}
