import {
  AUDIT_DETAIL,
  isId,
  SessionEnded,
  SessionStarted,
  type AuditAction,
  type AuditEntry,
  type Id,
  type Received,
} from '@voronka/contracts';
import { CrmRecord } from '@voronka/service-kit/record';
import { Column, Entity } from 'typeorm';

/**
 * One entry of the log: who did what to which record, and when. Nobody changes it and nothing announces it: it is no record
 * of the business, and reads as one.
 */
@Entity('audit')
export class Audited extends CrmRecord<object> {
  @Column('text') service: string;
  @Column('text') action: AuditAction;
  /** Null where nobody was known. */
  @Column('uuid', { nullable: true }) personId: Id | null;
  @Column('uuid', { nullable: true }) sessionId: Id | null;
  @Column('uuid', { nullable: true }) keyId: Id | null;
  /** The absent person in whose place it was done. */
  @Column('uuid', { nullable: true }) inPlaceOf: Id | null;
  @Column('text', { nullable: true }) entity: string | null;
  @Column('uuid', { nullable: true }) recordId: Id | null;
  @Column('integer', { nullable: true }) rows: number | null;
  @Column('text', { nullable: true }) code: string | null;
  @Column('text', { nullable: true }) detail: string | null;
  @Column('text', { nullable: true }) address: string | null;
  @Column('text', { nullable: true }) correlationId: string | null;

  state(): object {
    return {};
  }
}

/** What identity itself announces: who comes and goes, who may do what, who stands in for whom. */
interface Announced {
  readonly changes?: unknown;
}

const actions: Readonly<Record<string, AuditAction>> = {
  [SessionStarted.type]: 'SIGNED_IN',
  [SessionEnded.type]: 'SESSION_ENDED',
};

/** An event of identity's as an entry of the log: who did it, to whom or what, and what became otherwise. */
export function entryOf({ type, actor, subject, correlationId, recordedAt, data }: Received<Announced>): AuditEntry {
  const { changes, ...state } = data;
  return {
    at: recordedAt.toISOString(),
    action: actions[type] ?? 'RIGHTS_CHANGED',
    ...(isId(actor) && { personId: actor }),
    entity: type.split('.')[1]!,
    recordId: subject,
    detail: JSON.stringify({ event: type, ...(changes ? { changes } : state) }).slice(0, AUDIT_DETAIL),
    correlationId,
  };
}

/** The first days of the months that these lie in, in UTC, each once. */
export const monthsOf = (entries: readonly { readonly at: string }[]): string[] => [
  ...new Set(entries.map(({ at }) => `${at.slice(0, 7)}-01`)),
];

/** The first day of the oldest month that is kept: this one and `months` whole ones before it. */
export function oldestKept(now: Date, months: number): string {
  const first = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - months, 1));
  return first.toISOString().slice(0, 10);
}
