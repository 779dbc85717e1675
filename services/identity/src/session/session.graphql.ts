import { Field, ID, ObjectType } from '@nestjs/graphql';
import type { Actor } from '@voronka/contracts';
import { DateTime } from '@voronka/service-kit';
import { showUser, UserType } from '../user/user.graphql.js';
import type { Session } from './session.js';
import type { SignedIn } from './session.service.js';
import type { Use } from './session.tokens.js';

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

@ObjectType('UserSession', { description: 'Somebody’s time signed in on one device.' })
export class UserSessionType {
  @Field(() => ID, { description: 'The id, for `endSession`.' }) id: string;
  @Field(() => DateTime, { description: 'When it began, by signing in.' }) startedAt: Date;
  @Field(() => DateTime, { description: 'When it ends by itself.' }) endsAt: Date;
  @Field(() => Boolean, { description: 'Whether it has been ended.' }) ended: boolean;
  @Field(() => Boolean, { description: 'Whether it is the one you ask from.' }) current: boolean;
  @Field(() => DateTime, {
    nullable: true,
    description: 'When it last got tokens, which it does every 15 minutes while it is used.',
  })
  lastUsedAt: Date | null;
  @Field(() => String, { nullable: true, description: 'From which address that was.' }) address: string | null;
  @Field(() => String, { nullable: true, description: 'With which browser or program, as that says of itself.' })
  userAgent: string | null;
}

export const showSession = ({ id, createdAt, endsAt, ended }: Session, use: Use, by: Actor): UserSessionType => ({
  id,
  startedAt: createdAt,
  endsAt,
  ended,
  current: id === by.sessionId,
  lastUsedAt: use.lastUsedAt,
  address: use.address,
  userAgent: use.userAgent,
});
