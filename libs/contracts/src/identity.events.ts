import { z } from 'zod';
import { noun } from './event.js';
import { roles } from './rights.js';
import { Id, Instant } from './values.js';

export const UserState = z.object({
  id: Id,
  name: z.string().max(200),
  email: z.string().max(320),
  teamId: Id.nullable(),
  role: z.enum(roles),
  active: z.boolean(),
});
export type UserState = z.infer<typeof UserState>;

const user = noun('user', 'Who works here: joining, moving between teams, leaving.', UserState);
export const UserCreated = user.event('created', 'A person can be given work and, with a password, sign in.');
export const UserUpdated = user.event('updated', 'A name, mail, team or role changed.');
export const UserPasswordChanged = user.event(
  'password-changed',
  'The person has another password; the sessions end with this, but for the one it was changed in.',
);
export const UserDeactivated = user.event(
  'deactivated',
  'The person has left or is locked out; the sessions end with this.',
);
export const UserReactivated = user.event('reactivated', 'The person is back.');

export const TeamState = z.object({
  id: Id,
  name: z.string().max(200),
  parentId: Id.nullable(),
  headId: Id.nullable(),
});
export type TeamState = z.infer<typeof TeamState>;

const team = noun('team', 'The tree of teams, each with a head.', TeamState);
export const TeamCreated = team.event('created', 'A team joined the tree.');
export const TeamUpdated = team.event('updated', 'A team was renamed, moved in the tree or given another head.');

export const SessionState = z.object({ id: Id, userId: Id, startedAt: Instant, endsAt: Instant, ended: z.boolean() });
export type SessionState = z.infer<typeof SessionState>;

const session = noun('session', 'Signing in and out. An ended session is refused everywhere.', SessionState);
export const SessionStarted = session.event('started', 'Somebody signed in.');
export const SessionEnded = session.event('ended', 'Signed out, revoked, or its person was deactivated.');
