import { Module } from '@nestjs/common';
import { PipelineResolver } from './pipeline.resolver.js';
import { PipelineService } from './pipeline.service.js';

@Module({ providers: [PipelineService, PipelineResolver], exports: [PipelineService] })
export class PipelineModule {}
