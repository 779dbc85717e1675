import { Module } from '@nestjs/common';
import { Tokens } from '../session/session.tokens.js';
import { UserModule } from '../user/user.module.js';
import { Credentials } from './sign-in.credentials.js';

@Module({ imports: [UserModule], providers: [Tokens, Credentials], exports: [Tokens, Credentials] })
export class SignInModule {}
