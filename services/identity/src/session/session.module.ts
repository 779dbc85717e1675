import { Module } from '@nestjs/common';
import { UserModule } from '../user/user.module.js';
import { SessionResolver } from './session.resolver.js';
import { SessionService } from './session.service.js';
import { Tokens } from './session.tokens.js';

@Module({ imports: [UserModule], providers: [Tokens, SessionService, SessionResolver] })
export class SessionModule {}
