import { Controller } from '@nestjs/common';
import { ConversionRequested, ConversionUndoing, type ReceivedOf } from '@voronka/contracts';
import { OnTogether } from '@voronka/service-kit';
import { AccountConversionService } from './account-conversion.service.js';

/** The door for events: what leads ask of this service when a lead is converted. */
@Controller()
export class AccountConversionConsumer {
  constructor(private readonly service: AccountConversionService) {}

  @OnTogether(ConversionRequested)
  requested({ actor, data, occurredAt }: ReceivedOf<typeof ConversionRequested>): Promise<void> {
    return this.service.make({ id: actor, may: 'anything' }, data.conversion, occurredAt);
  }

  @OnTogether(ConversionUndoing)
  undoing({ actor, data }: ReceivedOf<typeof ConversionUndoing>): Promise<void> {
    return this.service.undo({ id: actor, may: 'anything' }, data.conversion);
  }
}
