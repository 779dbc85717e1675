import { Controller } from '@nestjs/common';
import { PipelineCreated, PipelineUpdated, type ReceivedOf } from '@voronka/contracts';
import { On } from '@voronka/service-kit';
import { PipelineService } from './pipeline.service.js';

@Controller()
export class PipelineConsumer {
  constructor(private readonly pipelines: PipelineService) {}

  @On(PipelineCreated, PipelineUpdated)
  keep({ data, aggregateVersion }: ReceivedOf<typeof PipelineUpdated>): Promise<void> {
    return this.pipelines.keep(data.pipeline, aggregateVersion);
  }
}
