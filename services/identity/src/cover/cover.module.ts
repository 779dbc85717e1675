import { Module } from '@nestjs/common';
import { UserModule } from '../user/user.module.js';
import { CoverResolver } from './cover.resolver.js';
import { CoverService } from './cover.service.js';

@Module({ imports: [UserModule], providers: [CoverService, CoverResolver] })
export class CoverModule {}
