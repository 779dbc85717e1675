import { z } from 'zod';
import { noun } from './event.js';
import { Id, Instant } from './values.js';

/** What somebody did, as far as it is told afterwards: looking, letting in, being refused. What he changed the events tell. */
export const auditActions = [
  'READ',
  'LISTED',
  'SEARCHED',
  'EXPORT_BEGAN',
  'EXPORTED',
  'SIGNED_IN',
  'SESSION_ENDED',
  'SIGN_IN_FAILED',
  'REFUSED',
  'RIGHTS_CHANGED',
  'SHARED',
  'CHANGED',
  'ENTRIES_LOST',
] as const;
export type AuditAction = (typeof auditActions)[number];

/** Characters of `detail` at most. */
export const AUDIT_DETAIL = 2_000;

export const AuditEntry = z
  .object({
    at: Instant,
    action: z.enum(auditActions),
    /** Who; absent where nobody is known. */
    personId: Id.optional(),
    sessionId: Id.optional(),
    keyId: Id.optional(),
    /** The absent person in whose place he did it. */
    inPlaceOf: Id.optional(),
    /** To what: a noun, and of those one. */
    entity: z.string().max(50).optional(),
    recordId: Id.optional(),
    /** How many records he was shown, or how many entries were lost. */
    rows: z.number().int().nonnegative().optional(),
    /** Of a refusal. */
    code: z.string().max(50).optional(),
    /** The filter, the operation or the event, in so many words. */
    detail: z.string().max(AUDIT_DETAIL).optional(),
    address: z.string().max(100).optional(),
    correlationId: z.string().max(100).optional(),
  })
  .meta({ id: 'AuditEntry', description: 'Somebody did something that is told afterwards.' });
export type AuditEntry = z.infer<typeof AuditEntry>;

/** How many records somebody was shown in an hour, that began then, since it was told last. */
export const Reading = z.object({ personId: Id, hour: Instant, rows: z.number().int().positive() });
export type Reading = z.infer<typeof Reading>;

export const AuditBatch = z.object({
  service: z.string().max(50),
  entries: z.array(AuditEntry).max(500),
  readings: z.array(Reading).max(500).optional(),
});
export type AuditBatch = z.infer<typeof AuditBatch>;

const DAY = 24 * 60 * 60 * 1_000;
const audit = noun(
  'audit',
  'Who looked at what, as each process gathers it: keyed by process, on its way into the log that identity keeps.',
  AuditBatch,
  { kind: 'entries', retention: 30 * DAY },
);
export const AuditNoted = audit.event('noted', 'A process tells what was done in it since it told so last.');
