import { Module } from '@nestjs/common';
import { RoleModule } from '../role/role.module.js';
import { Attempts } from './user.attempts.js';
import { Passwords } from './user.passwords.js';
import { UserResolver } from './user.resolver.js';
import { UserService } from './user.service.js';

@Module({
  imports: [RoleModule],
  providers: [Attempts, Passwords, UserService, UserResolver],
  exports: [Attempts, Passwords, UserService],
})
export class UserModule {}
