import { Field, ID, ObjectType } from '@nestjs/graphql';
import { DateTime } from '@voronka/service-kit';
import { showUser, UserType } from '../user/user.graphql.js';
import type { Session } from './session.js';
import type { SignedIn } from './session.service.js';

@ObjectType('Session', { description: 'What somebody holds who has signed in.' })
export class SessionType {
  @Field(() => ID, { description: 'The session, as it stands in `sessions`.' }) id: string;
  @Field(() => String, { description: 'Goes into each request: `authorization: Bearer …`. Lives 15 minutes.' })
  accessToken: string;
  @Field(() => String, { description: 'For `refreshSession`; works once, and lives as long as the session.' })
  refreshToken: string;
  @Field(() => DateTime, { description: 'When the access token expires.' }) expiresAt: Date;
  @Field(() => UserType, { description: 'Who signed in.' }) user: UserType;
}

export const showSignedIn = ({ sessionId, user, ...tokens }: SignedIn): SessionType => ({
  id: sessionId,
  ...tokens,
  user: showUser(user),
});

@ObjectType('UserSession', { description: 'Your time signed in on one device.' })
export class UserSessionType {
  @Field(() => ID, { description: 'The id, for `endSession`.' }) id: string;
  @Field(() => DateTime, { description: 'When you signed in.' }) startedAt: Date;
  @Field(() => DateTime, { description: 'When it ends by itself.' }) endsAt: Date;
  @Field(() => Boolean, { description: 'Whether it has been ended.' }) ended: boolean;
  @Field(() => Boolean, { description: 'Whether it is the one you ask from.' }) current: boolean;
}

export const showSession = ({ id, createdAt, endsAt, ended }: Session, currentId?: string): UserSessionType => ({
  id,
  startedAt: createdAt,
  endsAt,
  ended,
  current: id === currentId,
});
