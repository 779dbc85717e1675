import { Controller, type Type } from '@nestjs/common';
import {
  OffboardingClosed,
  OffboardingStarted,
  OffboardingUndoing,
  type HandoverEvents,
  type Moved,
  type Received,
  type ReceivedOf,
} from '@voronka/contracts';
import { On } from '../on.js';
import { HandoverService } from './handover.service.js';

/** The door for events: what identity asks of a service when somebody leaves. */
@Controller()
export class HandoverConsumer {
  constructor(private readonly handovers: HandoverService) {}

  @On(OffboardingStarted)
  started(event: ReceivedOf<typeof OffboardingStarted>): Promise<void> {
    return this.handovers.begin(event);
  }

  @On(OffboardingClosed)
  closed({ subject }: ReceivedOf<typeof OffboardingClosed>): Promise<void> {
    return this.handovers.close(subject);
  }

  @On(OffboardingUndoing)
  undoing({ subject }: ReceivedOf<typeof OffboardingUndoing>): Promise<void> {
    return this.handovers.undo(subject);
  }
}

/** Hears of the parts of other services that come before the own one. */
export function partsBefore(parts: readonly HandoverEvents[]): Type {
  @Controller()
  class PartsBeforeConsumer {
    constructor(private readonly handovers: HandoverService) {}

    @On(...parts.map(({ advanced }) => advanced))
    advanced({ subject, topic, data }: Received): Promise<void> {
      return this.handovers.learn(subject, topic, (data as { records: Moved }).records);
    }

    @On(...parts.map(({ completed }) => completed))
    completed({ subject, topic }: Received): Promise<void> {
      return this.handovers.learnEnd(subject, topic);
    }
  }
  return PartsBeforeConsumer;
}
