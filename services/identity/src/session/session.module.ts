import { Module } from '@nestjs/common';
import { SecondFactorModule } from '../second-factor/second-factor.module.js';
import { External } from '../sign-in/sign-in.external.js';
import { SignInModule } from '../sign-in/sign-in.module.js';
import { Provider } from '../sign-in/sign-in.provider.js';
import { UserModule } from '../user/user.module.js';
import { SessionResolver } from './session.resolver.js';
import { SessionService } from './session.service.js';

@Module({
  imports: [UserModule, SignInModule, SecondFactorModule],
  providers: [Provider, External, SessionService, SessionResolver],
})
export class SessionModule {}
