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
import { On } from '@voronka/service-kit';
import { LeadService } from './lead.service.js';

@Controller()
export class LeadConsumer {
  constructor(private readonly leads: LeadService) {}

  @On(
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
  keep({ data, occurredAt, aggregateVersion }: ReceivedOf<typeof LeadUpdated>): Promise<void> {
    return this.leads.keep(data.lead, occurredAt, aggregateVersion);
  }
}
