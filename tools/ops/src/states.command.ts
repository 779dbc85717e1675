import { stateGroup } from '@voronka/messaging';
import { serviceNames, serviceOf, type CommandLine, type Shared } from './command-line.js';
import { OpsFailure } from './failure.js';
import type { Service, System } from './system.js';

export function addStates(line: CommandLine): void {
  const states = line.group('states', 'The topics of states, which each service makes of its own events.');
  line
    .command(states, 'refill', 'Has a service that is stopped publish all states anew when it starts.')
    .argument('<service>', serviceNames, serviceOf)
    .action((service: Service, shared: Shared) =>
      line.answer(shared, async (system) => {
        await refill(system, service);
        return { json: { service }, text: `${service} publishes the states of all its records anew when it starts.` };
      }),
    );
}

/** Makes a service's state publisher begin with the first event again. Throws OpsFailure while an instance runs. */
export async function refill(system: System, service: Service): Promise<void> {
  const group = stateGroup(service);
  const lags = await system.askBroker((view) => view.lag([group]));
  if (lags.some(({ reading }) => reading))
    throw new OpsFailure(`${service} is running: stop all its instances, then ask again, then start it.`);
  await system.askBroker((view) => view.forget(group));
}
