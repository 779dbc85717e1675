import { Module } from '@nestjs/common';
import { PipelineModule } from '../pipeline/pipeline.module.js';
import { ProductModule } from '../product/product.module.js';
import { relatedResolvers } from './deal.related.resolver.js';
import { DealResolver } from './deal.resolver.js';
import { DealService } from './deal.service.js';

@Module({
  imports: [PipelineModule, ProductModule],
  providers: [DealService, DealResolver, ...relatedResolvers],
  exports: [DealService],
})
export class DealModule {}
