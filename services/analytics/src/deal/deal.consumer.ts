import { Controller } from '@nestjs/common';
import {
  DealCreated,
  DealLost,
  DealMoved,
  DealReopened,
  DealUpdated,
  DealWithdrawn,
  DealWon,
  type ReceivedOf,
} from '@voronka/contracts';
import { On } from '@voronka/service-kit';
import { DealService } from './deal.service.js';

@Controller()
export class DealConsumer {
  constructor(private readonly deals: DealService) {}

  @On(DealCreated, DealUpdated, DealMoved, DealWon, DealLost, DealReopened, DealWithdrawn)
  keep({ type, data, occurredAt, aggregateVersion, actor }: ReceivedOf<typeof DealUpdated>): Promise<void> {
    const withdrawn = type === DealWithdrawn.type;
    return this.deals.keep({ deal: data.deal, at: occurredAt, withdrawn }, aggregateVersion, actor);
  }
}
