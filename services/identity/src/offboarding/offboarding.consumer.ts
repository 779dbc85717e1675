import { Controller } from '@nestjs/common';
import {
  AccountHandover,
  ActivityHandover,
  DealHandover,
  LeadHandover,
  UserReactivated,
  type Actor,
  type ReceivedOf,
} from '@voronka/contracts';
import { On } from '@voronka/service-kit';
import { OffboardingService } from './offboarding.service.js';

const by = ({ actor }: { actor: string }): Actor => ({ id: actor, may: 'anything' });

/** The door for events: how far the services have come. */
@Controller()
export class OffboardingConsumer {
  constructor(private readonly service: OffboardingService) {}

  @On(UserReactivated)
  reactivated(event: ReceivedOf<typeof UserReactivated>): Promise<void> {
    return this.service.back(by(event), event.subject);
  }

  @On(...Object.values(LeadHandover))
  leads(event: ReceivedOf<(typeof LeadHandover)['started']>): Promise<void> {
    return this.service.heard(by(event), 'leads', event.data.leadHandover);
  }

  @On(...Object.values(AccountHandover))
  accounts(event: ReceivedOf<(typeof AccountHandover)['started']>): Promise<void> {
    return this.service.heard(by(event), 'accounts', event.data.accountHandover);
  }

  @On(...Object.values(DealHandover))
  deals(event: ReceivedOf<(typeof DealHandover)['started']>): Promise<void> {
    return this.service.heard(by(event), 'deals', event.data.dealHandover);
  }

  @On(...Object.values(ActivityHandover))
  tasks(event: ReceivedOf<(typeof ActivityHandover)['started']>): Promise<void> {
    return this.service.heard(by(event), 'tasks', event.data.activityHandover);
  }
}
