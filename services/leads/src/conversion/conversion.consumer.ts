import { Controller } from '@nestjs/common';
import {
  AccountConversionMade,
  AccountConversionRefused,
  AccountConversionUndone,
  DealConversionMade,
  DealConversionRefused,
  DealConversionUndone,
  type ReceivedOf,
} from '@voronka/contracts';
import { OnTogether } from '@voronka/service-kit';
import { ConversionService } from './conversion.service.js';

/** The door for events: what accounts and deals answer to a conversion. */
@Controller()
export class ConversionConsumer {
  constructor(private readonly service: ConversionService) {}

  @OnTogether(AccountConversionMade, AccountConversionRefused, AccountConversionUndone)
  accounts({ actor, data }: ReceivedOf<typeof AccountConversionMade>): Promise<void> {
    return this.service.answered({ id: actor, may: 'anything' }, 'accounts', data.accountConversion);
  }

  @OnTogether(DealConversionMade, DealConversionRefused, DealConversionUndone)
  deals({ actor, data }: ReceivedOf<typeof DealConversionMade>): Promise<void> {
    return this.service.answered({ id: actor, may: 'anything' }, 'deals', data.dealConversion);
  }
}
