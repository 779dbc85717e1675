import { Module } from '@nestjs/common';
import { RoleResolver } from './role.resolver.js';
import { RoleService } from './role.service.js';

@Module({ providers: [RoleService, RoleResolver], exports: [RoleService] })
export class RoleModule {}
