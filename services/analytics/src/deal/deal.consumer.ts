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
import { causedBy } from '@voronka/messaging';
import { Keep } from '@voronka/service-kit';
import { DealService } from './deal.service.js';

@Controller()
export class DealConsumer {
  constructor(private readonly deals: DealService) {}

  @Keep(['deal', 'deal_stay'], DealCreated, DealUpdated, DealMoved, DealWon, DealLost, DealReopened, DealWithdrawn)
  keep(events: readonly ReceivedOf<typeof DealUpdated>[]): Promise<void> {
    return this.deals.keep(
      events.map((event) => ({
        deal: event.data.deal,
        version: event.aggregateVersion,
        at: event.occurredAt,
        withdrawn: event.type === DealWithdrawn.type,
        cause: causedBy(event),
      })),
    );
  }
}
