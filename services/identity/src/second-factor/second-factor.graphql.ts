import { Field, Int, ObjectType } from '@nestjs/graphql';
import { DateTime } from '@voronka/service-kit';

@ObjectType('SecondFactorEnrolment', { description: 'What an authenticator app takes in. It is shown this once.' })
export class SecondFactorEnrolmentType {
  @Field(() => String, { description: 'The secret, to be typed in where no picture can be taken.' }) secret: string;
  @Field(() => String, { description: 'The same as an address of `otpauth:`, to be shown as a QR code.' }) uri: string;
}

@ObjectType('RecoveryCodes', { description: 'For signing in without the app. They are shown this once.' })
export class RecoveryCodesType {
  @Field(() => [String], { description: 'Ten codes, each good once.' }) codes: string[];
}

@ObjectType('SecondFactor', { description: 'That somebody signs in with an authenticator app too.' })
export class SecondFactorType {
  @Field(() => DateTime, { description: 'Since when.' }) enrolledAt: Date;
  @Field(() => Int, { description: 'How many recovery codes are left; at none, renew them.' })
  recoveryCodesLeft: number;
}
