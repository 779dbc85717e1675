import { Module } from '@nestjs/common';
import { BulkReadModule } from '../bulk-read/bulk-read.module.js';
import { UserModule } from '../user/user.module.js';
import { AuditConsumer } from './audit.consumer.js';
import { AuditResolver } from './audit.resolver.js';
import { AuditService } from './audit.service.js';

@Module({
  imports: [UserModule, BulkReadModule],
  controllers: [AuditConsumer],
  providers: [AuditService, AuditResolver],
})
export class AuditModule {}
