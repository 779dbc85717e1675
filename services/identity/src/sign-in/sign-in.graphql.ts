import { ArgsType, Field, ObjectType } from '@nestjs/graphql';

@ArgsType()
export class CredentialsArgs {
  @Field(() => String, { description: 'Your mail.' }) email: string;
  @Field(() => String, { description: 'Your password.' }) password: string;
  @Field(() => String, {
    nullable: true,
    description:
      'A refresh token that this device had in a session of yours, ended or not: then wrong guesses elsewhere do not make you wait.',
  })
  formerToken?: string | null;
}

@ObjectType('BegunSignIn', { description: 'Somebody on his way to his organisation’s own sign-in.' })
export class BegunSignInType {
  @Field(() => String, { description: 'Where to send the browser.' }) url: string;
  @Field(() => String, {
    description: 'For `finishSignIn`, within ten minutes. Keep it in that browser, where nobody else finds it.',
  })
  ticket: string;
}
