import { Module } from '@nestjs/common';
import { LeadResolver } from './lead.resolver.js';
import { LeadService } from './lead.service.js';

@Module({ providers: [LeadService, LeadResolver], exports: [LeadService] })
export class LeadModule {}
