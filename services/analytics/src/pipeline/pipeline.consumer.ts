import { Controller } from '@nestjs/common';
import { PipelineCreated, PipelineUpdated, type ReceivedOf } from '@voronka/contracts';
import { Keep } from '@voronka/service-kit';
import { PipelineService } from './pipeline.service.js';

@Controller()
export class PipelineConsumer {
  constructor(private readonly pipelines: PipelineService) {}

  @Keep(['pipeline'], PipelineCreated, PipelineUpdated)
  keep(events: readonly ReceivedOf<typeof PipelineUpdated>[]): Promise<void> {
    return this.pipelines.keep(events);
  }
}
