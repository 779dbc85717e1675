import { z } from 'zod';
import { noun, type Changes, type EventDeclaration } from './event.js';
import { shippedRoles } from './rights.js';
import { RoleState } from './role.js';
import { Id, Instant } from './values.js';

const FormerUserState = z.object({
  id: Id,
  name: z.string().max(200),
  email: z.string().max(320),
  teamId: Id.nullable(),
  role: z.enum(['ADMINISTRATOR', 'HEAD', 'SALESPERSON', 'ANALYST']),
  active: z.boolean(),
});
export const UserState = FormerUserState.omit({ role: true, active: true }).extend({
  roleIds: z.array(Id).max(20),
  active: z.boolean(),
});
export type UserState = z.infer<typeof UserState>;

const user = noun('user', 'Who works here: joining, moving between teams, leaving.', FormerUserState);
type FormerUser = { user: z.infer<typeof FormerUserState>; changes?: Changes };
/** From version 2 on somebody has any number of roles; in version 1 he had one of four. */
const withRoles = (former: EventDeclaration<FormerUser>) =>
  user.nextVersion(former, { state: UserState }, ({ user: { role, ...known }, ...data }) => ({
    ...data,
    user: { ...known, roleIds: [shippedRoles[role].id] },
  }));
export const UserCreated = withRoles(
  user.event('created', 'A person can be given work and, with a password, sign in.'),
);
export const UserUpdated = withRoles(user.event('updated', 'A name, mail, team or role changed.'));
export const UserPasswordChanged = withRoles(
  user.event(
    'password-changed',
    'The person has another password; the sessions end with this, but for the one it was changed in.',
  ),
);
export const UserDeactivated = withRoles(
  user.event('deactivated', 'The person has left or is locked out; the sessions end with this.'),
);
export const UserSecondFactorEnrolled = withRoles(
  user.event('second-factor-enrolled', 'The person signs in with an authenticator app too from now on.'),
);
export const UserSecondFactorRemoved = withRoles(
  user.event('second-factor-removed', 'The person has no second factor any more: removed by himself, or reset.'),
);
export const UserReactivated = withRoles(user.event('reactivated', 'The person is back.'));

const role = noun('role', 'What somebody may do: actions on entities, each within a scope.', RoleState);
export const RoleCreated = role.event('created', 'A role can be given to people.');
export const RoleUpdated = role.event('updated', 'A role was renamed, or grants something else.');
export const RoleWithdrawn = role.event('withdrawn', 'A role nobody had is gone.', {}, { erases: true });

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

export const CoverState = z.object({
  id: Id,
  /** The absent person, whose leads, deals, companies, contacts and activities are covered. */
  ownerId: Id,
  substituteId: Id,
  startsAt: Instant,
  endsAt: Instant,
});
export type CoverState = z.infer<typeof CoverState>;

const cover = noun('cover', 'Who does the work of somebody who is absent, and until when.', CoverState);
export const CoverArranged = cover.event('arranged', 'Somebody stands in for a person from a time until another.');
export const CoverEnded = cover.event('ended', 'The person is back before that time.');

export const SessionState = z.object({ id: Id, userId: Id, startedAt: Instant, endsAt: Instant, ended: z.boolean() });
export type SessionState = z.infer<typeof SessionState>;

const session = noun('session', 'Signing in and out. An ended session is refused everywhere.', SessionState);
export const SessionStarted = session.event('started', 'Somebody signed in.');
export const SessionEnded = session.event('ended', 'Signed out, revoked, or its person was deactivated.');

export const BulkReadState = z.object({
  id: Id,
  userId: Id,
  /** As many as were known when it was noticed; more may have been shown. */
  rows: z.number().int().positive(),
  rowsPerHour: z.number().int().positive(),
  startsAt: Instant,
  endsAt: Instant,
  sessionsEnded: z.boolean(),
});
export type BulkReadState = z.infer<typeof BulkReadState>;

const bulkRead = noun(
  'bulk-read',
  'Somebody was shown more records within an hour than his roles let him, and reads no more until it ends.',
  BulkReadState,
);
export const BulkReadNoticed = bulkRead.event('noticed', 'Somebody has spent his budget of an hour.');

export const ApiKeyState = z.object({
  id: Id,
  name: z.string().max(200),
  ownerId: Id,
  roleId: Id,
  expiresAt: Instant,
  addresses: z.array(z.string().max(50)).max(20),
  revokedAt: Instant.nullable(),
});
export type ApiKeyState = z.infer<typeof ApiKeyState>;

const apiKey = noun(
  'api-key',
  'What programs ask with in the name of a person, within a role. The secret is told nowhere.',
  ApiKeyState,
);
export const ApiKeyCreated = apiKey.event('created', 'Somebody made a key for a program.');
export const ApiKeyRevoked = apiKey.event('revoked', 'A key is refused from now on.');
