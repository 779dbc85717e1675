import { Module } from '@nestjs/common';
import { RoleModule } from '../role/role.module.js';
import { UserModule } from '../user/user.module.js';
import { BulkReadService } from './bulk-read.service.js';

@Module({ imports: [RoleModule, UserModule], providers: [BulkReadService], exports: [BulkReadService] })
export class BulkReadModule {}
