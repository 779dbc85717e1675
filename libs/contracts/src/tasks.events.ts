import { z } from 'zod';
import { noun } from './event.js';
import { Id, Instant } from './values.js';

export const activityKinds = ['TASK', 'CALL', 'MEETING'] as const;
export type ActivityKind = (typeof activityKinds)[number];
export const activityStatuses = ['PLANNED', 'COMPLETED', 'CANCELLED'] as const;
export type ActivityStatus = (typeof activityStatuses)[number];
/** The nouns an activity can be about. */
export const subjects = ['lead', 'deal', 'company', 'contact'] as const;
export type SubjectKind = (typeof subjects)[number];

export const ActivityState = z.object({
  id: Id,
  kind: z.enum(activityKinds),
  status: z.enum(activityStatuses),
  subject: z.string().max(300),
  note: z.string().max(10_000).nullable(),
  dueAt: Instant,
  remindAt: Instant.nullable(),
  ownerId: Id,
  aboutKind: z.enum(subjects).nullable(),
  aboutId: Id.nullable(),
  outcome: z.string().max(10_000).nullable(),
  completedAt: Instant.nullable(),
  /** When it was announced as overdue; null while it is not. */
  overdueSince: Instant.nullable(),
});
export type ActivityState = z.infer<typeof ActivityState>;

const activity = noun('activity', 'What was done, what comes next, what is overdue.', ActivityState);
export const ActivityPlanned = activity.event('planned', 'A task, call or meeting is planned: a next step.');
export const ActivityUpdated = activity.event(
  'updated',
  'What is to be done, by whom or about what, was put otherwise.',
);
export const ActivityRescheduled = activity.event('rescheduled', 'It is due at another time.');
export const ActivityCompleted = activity.event('completed', 'It was done, with what came of it.', {
  nextId: Id.nullable(),
});
export const ActivityCancelled = activity.event('cancelled', 'It will not be done.');
export const ActivityReminded = activity.event('reminded', 'Its reminder came due. Announced once for each time set.');
export const ActivityOverdue = activity.event(
  'overdue',
  'It passed its due time undone. Announced once for each due time.',
);
