import { Controller } from '@nestjs/common';
import {
  LeadAssigned,
  LeadConversionStarted,
  LeadConverted,
  LeadCreated,
  LeadDisqualified,
  LeadQualified,
  LeadReopened,
  LeadReturned,
  LeadStarted,
  LeadUpdated,
  type ReceivedOf,
} from '@voronka/contracts';
import { Keep } from '@voronka/service-kit';
import { LeadService } from './lead.service.js';

@Controller()
export class LeadConsumer {
  constructor(private readonly leads: LeadService) {}

  @Keep(
    ['lead'],
    LeadCreated,
    LeadUpdated,
    LeadAssigned,
    LeadStarted,
    LeadQualified,
    LeadDisqualified,
    LeadReopened,
    LeadConversionStarted,
    LeadConverted,
    LeadReturned,
  )
  keep(events: readonly ReceivedOf<typeof LeadUpdated>[]): void {
    this.leads.keep(events);
  }
}
