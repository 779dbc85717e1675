import { Module } from '@nestjs/common';
import { RoleModule } from '../role/role.module.js';
import { SignInModule } from '../sign-in/sign-in.module.js';
import { UserModule } from '../user/user.module.js';
import { SecondFactorResolver } from './second-factor.resolver.js';
import { Seal } from './second-factor.seal.js';
import { SecondFactorService } from './second-factor.service.js';

@Module({
  imports: [UserModule, RoleModule, SignInModule],
  providers: [Seal, SecondFactorService, SecondFactorResolver],
  exports: [SecondFactorService],
})
export class SecondFactorModule {}
