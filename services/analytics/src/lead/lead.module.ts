import { Module } from '@nestjs/common';
import { LeadConsumer } from './lead.consumer.js';
import { LeadService } from './lead.service.js';

@Module({ controllers: [LeadConsumer], providers: [LeadService] })
export class LeadModule {}
