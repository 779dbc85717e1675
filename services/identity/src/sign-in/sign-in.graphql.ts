import { ArgsType, Field } from '@nestjs/graphql';

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
