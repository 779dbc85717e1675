import { Module } from '@nestjs/common';
import { ReportModule } from '../report/report.module.js';
import { LeadFunnelResolver } from './lead-funnel.resolver.js';
import { LeadFunnelService } from './lead-funnel.service.js';

@Module({ imports: [ReportModule], providers: [LeadFunnelService, LeadFunnelResolver] })
export class LeadFunnelModule {}
