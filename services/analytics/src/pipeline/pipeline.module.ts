import { Module } from '@nestjs/common';
import { PipelineConsumer } from './pipeline.consumer.js';
import { PipelineService } from './pipeline.service.js';

@Module({ controllers: [PipelineConsumer], providers: [PipelineService], exports: [PipelineService] })
export class PipelineModule {}
