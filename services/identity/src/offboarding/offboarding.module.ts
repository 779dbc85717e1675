import { Module } from '@nestjs/common';
import { RoleModule } from '../role/role.module.js';
import { UserModule } from '../user/user.module.js';
import { HoldingsResolver } from './holdings.resolver.js';
import { OffboardingConsumer } from './offboarding.consumer.js';
import { OffboardingResolver, PipelineHandoverResolver } from './offboarding.resolver.js';
import { OffboardingService } from './offboarding.service.js';

@Module({
  imports: [RoleModule, UserModule],
  controllers: [OffboardingConsumer],
  providers: [OffboardingService, OffboardingResolver, PipelineHandoverResolver, HoldingsResolver],
})
export class OffboardingModule {}
