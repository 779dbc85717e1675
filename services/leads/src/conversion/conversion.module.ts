import { Module } from '@nestjs/common';
import { LeadModule } from '../lead/lead.module.js';
import { ConversionConsumer } from './conversion.consumer.js';
import { ConversionResolver, LeadConversionResolver } from './conversion.resolver.js';
import { ConversionService } from './conversion.service.js';

@Module({
  imports: [LeadModule],
  controllers: [ConversionConsumer],
  providers: [ConversionService, ConversionResolver, LeadConversionResolver],
})
export class ConversionModule {}
