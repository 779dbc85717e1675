import { Module } from '@nestjs/common';
import { PipelineModule } from '../pipeline/pipeline.module.js';
import { ProductModule } from '../product/product.module.js';
import { DealConversionConsumer } from './deal-conversion.consumer.js';
import { DealConversionService } from './deal-conversion.service.js';

@Module({
  imports: [PipelineModule, ProductModule],
  providers: [DealConversionService],
  controllers: [DealConversionConsumer],
})
export class DealConversionModule {}
