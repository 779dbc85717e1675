import { Module } from '@nestjs/common';
import { Passwords } from './user.passwords.js';
import { UserResolver } from './user.resolver.js';
import { UserService } from './user.service.js';

@Module({ providers: [Passwords, UserService, UserResolver], exports: [Passwords, UserService] })
export class UserModule {}
