import { Module } from '@nestjs/common';
import { PipelineModule } from '../pipeline/pipeline.module.js';
import { ReportModule } from '../report/report.module.js';
import { FunnelResolver } from './funnel.resolver.js';
import { FunnelService } from './funnel.service.js';

@Module({ imports: [PipelineModule, ReportModule], providers: [FunnelService, FunnelResolver] })
export class FunnelModule {}
