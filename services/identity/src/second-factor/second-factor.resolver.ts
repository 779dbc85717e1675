import { Args, Context, Directive, ID, Mutation, Query, Resolver } from '@nestjs/graphql';
import type { Actor } from '@voronka/contracts';
import { By, Can, InPerson, Public, type RequestContext } from '@voronka/service-kit';
import { CredentialsArgs } from '../sign-in/sign-in.graphql.js';
import { Credentials } from '../sign-in/sign-in.credentials.js';
import { showUser, UserType } from '../user/user.graphql.js';
import { RecoveryCodesType, SecondFactorEnrolmentType, SecondFactorType } from './second-factor.graphql.js';
import { SecondFactorService } from './second-factor.service.js';

const code = { type: () => String, description: 'The code that the app shows now, or a recovery code.' };

@Resolver(() => SecondFactorType)
export class SecondFactorResolver {
  constructor(
    private readonly service: SecondFactorService,
    private readonly credentials: Credentials,
  ) {}

  @Query(() => SecondFactorType, {
    nullable: true,
    description: 'Whether somebody has a second factor; null where not.',
  })
  @Can('read', 'user')
  @InPerson()
  secondFactor(
    @By() by: Actor,
    @Args('userId', { type: () => ID, nullable: true, description: 'Who, if not you; for who manages people.' })
    userId?: string | null,
  ): Promise<SecondFactorType | null> {
    return this.service.get(by, userId ?? by.id);
  }

  // By the password and not in a session: whose role asks for a second factor has no session before he has one.
  @Directive('@cost(weight: 1000)')
  @Mutation(() => SecondFactorEnrolmentType, {
    description:
      'Begins to set up an authenticator app, by your password. `ALREADY_EXISTS` where you have one. Again before it is confirmed, another secret.',
  })
  @Public()
  @InPerson()
  async beginSecondFactor(
    @Args() credentials: CredentialsArgs,
    @Context() { client }: RequestContext,
  ): Promise<SecondFactorEnrolmentType> {
    return this.service.begin((await this.credentials.prove(credentials, client)).user);
  }

  @Directive('@cost(weight: 1000)')
  @Mutation(() => RecoveryCodesType, {
    description: 'From now on you sign in with the app too. `WRONG_CODE` where this is not what it shows.',
  })
  @Public()
  @InPerson()
  async confirmSecondFactor(
    @Args() credentials: CredentialsArgs,
    @Args('code', { type: () => String, description: 'The code that the app shows now.' }) shown: string,
    @Context() { client }: RequestContext,
  ): Promise<RecoveryCodesType> {
    const { also } = await this.credentials.prove(credentials, client, (user) => this.service.confirm(user, shown));
    return { codes: also };
  }

  @Directive('@cost(weight: 1000)')
  @Mutation(() => RecoveryCodesType, { description: 'Ten other recovery codes; those there were are good no more.' })
  @Can('read', 'user')
  @InPerson()
  async renewRecoveryCodes(@By() by: Actor, @Args('code', code) shown: string): Promise<RecoveryCodesType> {
    return { codes: await this.service.renewCodes(by, shown) };
  }

  @Directive('@cost(weight: 1000)')
  @Mutation(() => UserType, {
    description: 'You sign in by your password alone from now on, where your roles let you.',
  })
  @Can('read', 'user')
  @InPerson()
  async removeSecondFactor(@By() by: Actor, @Args('code', code) shown: string): Promise<UserType> {
    return showUser(await this.service.remove(by, shown));
  }

  @Mutation(() => UserType, {
    description: 'Takes a second factor away from somebody who lost it. `NOT_FOUND` where there is none.',
  })
  @Can('manage', 'user')
  @InPerson()
  async resetSecondFactor(
    @By() by: Actor,
    @Args('userId', { type: () => ID, description: 'Whose.' }) userId: string,
  ): Promise<UserType> {
    return showUser(await this.service.reset(by, userId));
  }
}
