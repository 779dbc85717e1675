import { Args, Context, Directive, ID, Mutation, Query, Resolver } from '@nestjs/graphql';
import type { Actor } from '@voronka/contracts';
import { By, Can, InPerson, Public, type RequestContext } from '@voronka/service-kit';
import { BegunSignInType, CredentialsArgs } from '../sign-in/sign-in.graphql.js';
import { SessionType, showSession, showSignedIn, UserSessionType } from './session.graphql.js';
import type { Session } from './session.js';
import { SessionService, type SignedIn } from './session.service.js';

@Resolver(() => SessionType)
export class SessionResolver {
  constructor(private readonly service: SessionService) {}

  // Dear, so that one query cannot try many passwords.
  @Directive('@cost(weight: 1000)')
  @Mutation(() => SessionType, {
    description:
      'Signs in. `INVALID_CREDENTIALS` where mail or password are wrong, `TOO_MANY_ATTEMPTS` for a while where they were too often; where they are right, `SECOND_FACTOR_REQUIRED` without a code, `WRONG_CODE`, and `SECOND_FACTOR_MISSING` where your role asks for one that you have not set up.',
  })
  @Public()
  @InPerson()
  async signIn(
    @Args() credentials: CredentialsArgs,
    @Args('code', {
      type: () => String,
      nullable: true,
      description: 'What your authenticator app shows, or a recovery code, where you have a second factor.',
    })
    code: string | null,
    @Context() ctx: RequestContext,
  ): Promise<SessionType> {
    return answer(ctx, await this.service.signIn({ ...credentials, code }, ctx.client));
  }

  @Mutation(() => BegunSignInType, {
    description:
      'Begins to sign in as your organisation has it. `NOT_FOUND` where it has no sign-in of its own, `UNAVAILABLE` where that does not answer.',
  })
  @Public()
  @InPerson()
  beginSignIn(): Promise<BegunSignInType> {
    return this.service.beginSignIn();
  }

  // As dear as signing in: the provider is asked.
  @Directive('@cost(weight: 1000)')
  @Mutation(() => SessionType, {
    description:
      'Signs in who comes back. `SIGN_IN_ENDED` where it was not begun with this ticket, or is finished; `SIGN_IN_REFUSED`, `EMAIL_NOT_VERIFIED`, `GROUP_NOT_MAPPED`, `UNAUTHENTICATED` where you may not; and for the code as `signIn` does, unless you showed a second factor there. Then begin again.',
  })
  @Public()
  @InPerson()
  async finishSignIn(
    @Args('ticket', { type: () => String, description: 'What `beginSignIn` gave.' }) ticket: string,
    @Args('address', { type: () => String, description: 'The whole address at which the browser came back.' })
    address: string,
    @Args('code', {
      type: () => String,
      nullable: true,
      description: 'What your authenticator app shows, or a recovery code, where you have a second factor here.',
    })
    code: string | null,
    @Context() ctx: RequestContext,
  ): Promise<SessionType> {
    return answer(ctx, await this.service.finishSignIn({ ticket, address, code }, ctx.client));
  }

  @Mutation(() => SessionType, {
    description: 'New tokens for your session. Using an old refresh token again ends the session: `SESSION_ENDED`.',
  })
  @Public()
  @InPerson()
  async refreshSession(
    @Args('refreshToken', { type: () => String, description: 'The refresh token you got last.' }) refreshToken: string,
    @Context() ctx: RequestContext,
  ): Promise<SessionType> {
    return answer(ctx, await this.service.refresh(refreshToken, ctx.client));
  }

  @Mutation(() => Boolean, { description: 'Ends the session you ask from.' })
  @Can('read', 'user')
  @InPerson()
  signOut(@By() by: Actor): Promise<boolean> {
    return this.service.signOut(by);
  }

  @Query(() => [UserSessionType], { description: 'Where somebody is signed in, newest first.' })
  @Can('read', 'user')
  @InPerson()
  async sessions(
    @By() by: Actor,
    @Args('userId', { type: () => ID, nullable: true, description: 'Who, if not you; for who manages people.' })
    userId?: string | null,
  ): Promise<UserSessionType[]> {
    return this.show(by, await this.service.open(by, userId ?? by.id));
  }

  @Mutation(() => UserSessionType, {
    description: 'Ends one of your sessions, such as that of a lost device; anybody’s where you manage people.',
  })
  @Can('read', 'user')
  @InPerson()
  async endSession(
    @By() by: Actor,
    @Args('id', { type: () => ID, description: 'Which session.' }) id: string,
  ): Promise<UserSessionType> {
    const [ended] = await this.show(by, [await this.service.end(by, id)]);
    return ended!;
  }

  private async show(by: Actor, sessions: readonly Session[]): Promise<UserSessionType[]> {
    const uses = await this.service.uses(sessions);
    return sessions.map((session, i) => showSession(session, uses[i]!, by));
  }
}

/** Who has just shown who he is may read of himself what else this request asks for. */
function answer(ctx: RequestContext, signedIn: SignedIn): SessionType {
  const actor = { id: signedIn.user.id, sessionId: signedIn.sessionId };
  Object.assign(ctx, { actor, loaders: new Map() });
  return showSignedIn(signedIn);
}
