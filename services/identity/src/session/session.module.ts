import { Module } from '@nestjs/common';
import { SecondFactorModule } from '../second-factor/second-factor.module.js';
import { SignInModule } from '../sign-in/sign-in.module.js';
import { UserModule } from '../user/user.module.js';
import { SessionResolver } from './session.resolver.js';
import { SessionService } from './session.service.js';

@Module({ imports: [UserModule, SignInModule, SecondFactorModule], providers: [SessionService, SessionResolver] })
export class SessionModule {}
