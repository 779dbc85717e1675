import { Module } from '@nestjs/common';
import { RoleModule } from '../role/role.module.js';
import { UserModule } from '../user/user.module.js';
import { ApiKeyResolver } from './api-key.resolver.js';
import { Secrets } from './api-key.secrets.js';
import { ApiKeyService } from './api-key.service.js';

@Module({ imports: [UserModule, RoleModule], providers: [Secrets, ApiKeyService, ApiKeyResolver] })
export class ApiKeyModule {}
