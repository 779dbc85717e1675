import { Controller } from '@nestjs/common';
import { ConversionCompleted, type ReceivedOf } from '@voronka/contracts';
import { OnTogether } from '@voronka/service-kit';
import { ActivityService } from './activity.service.js';

@Controller()
export class ActivityConsumer {
  constructor(private readonly activities: ActivityService) {}

  /** A lead became a deal: what is still planned about the lead is the deal's next step. */
  @OnTogether(ConversionCompleted)
  async converted({ data: { conversion }, actor }: ReceivedOf<typeof ConversionCompleted>): Promise<void> {
    const { leadId, deal } = conversion;
    if (deal)
      await this.activities.handOver(
        { id: actor, may: 'anything' },
        { kind: 'lead', id: leadId },
        { kind: 'deal', id: deal.id },
      );
  }
}
