import { Controller } from '@nestjs/common';
import { ConversionRequested, ConversionUndoing, type ReceivedOf } from '@voronka/contracts';
import { OnTogether } from '@voronka/service-kit';
import { DealConversionService } from './deal-conversion.service.js';

@Controller()
export class DealConversionConsumer {
  constructor(private readonly conversions: DealConversionService) {}

  @OnTogether(ConversionRequested)
  requested({ data, occurredAt }: ReceivedOf<typeof ConversionRequested>): Promise<void> {
    return this.conversions.make(data.conversion, occurredAt);
  }

  @OnTogether(ConversionUndoing)
  undoing({ data, actor }: ReceivedOf<typeof ConversionUndoing>): Promise<void> {
    return this.conversions.undo(data.conversion, { id: actor, may: 'anything' });
  }
}
