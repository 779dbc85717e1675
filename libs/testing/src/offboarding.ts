import {
  OffboardingClosed,
  OffboardingStarted,
  OffboardingUndoing,
  type HandoverEvents,
  type HandoverPlan,
  type OffboardingState,
} from '@voronka/contracts';
import { newId } from '@voronka/service-kit';
import { eventually } from './eventually.js';
import type { Asker, ServiceUnderTest } from './service.js';

/** What identity tells a service of people who leave and come back. */
export function leavers(system: () => ServiceUnderTest, by: () => Asker) {
  const setActive = (who: Asker, active: boolean) =>
    system().service.database.query({
      text: 'update directory_user set active = $2, version = version + 1 where id = $1',
      values: [who.id, active],
    });
  const told = (declaration: HandoverEvents[keyof HandoverEvents], { id }: OffboardingState) =>
    eventually(
      () =>
        system()
          .published(declaration)
          .find(({ subject }) => subject === id),
      { within: 20_000 },
    );
  return {
    setActive,
    everything: (...to: Asker[]): HandoverPlan => ({ to: to.map(({ id }) => id), byPipeline: [] }),
    offboard: async (who: Asker, plan: HandoverPlan): Promise<OffboardingState> => {
      const offboarding: OffboardingState = {
        ...{ id: newId(), userId: who.id, status: 'RUNNING', plan, parts: [] },
        ...{ startedBy: by().id, startedAt: system().clock.now().toISOString() },
      };
      await setActive(who, false);
      await system().deliver(OffboardingStarted, offboarding.id, { offboarding }, { actor: by().id });
      return offboarding;
    },
    close: (offboarding: OffboardingState) => {
      const closed: OffboardingState = { ...offboarding, status: 'CLOSED' };
      return system().deliver(
        OffboardingClosed,
        offboarding.id,
        { offboarding: closed },
        { version: 2, actor: by().id },
      );
    },
    undo: async (offboarding: OffboardingState, who: Asker): Promise<void> => {
      await setActive(who, true);
      const undoing: OffboardingState = { ...offboarding, status: 'UNDOING' };
      const about = { version: 2, actor: by().id };
      await system().deliver(OffboardingUndoing, offboarding.id, { offboarding: undoing }, about);
    },
    /** Waits until the service has told its word of it. */
    told,
  };
}
