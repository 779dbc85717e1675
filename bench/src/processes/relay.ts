import { brokerFrom, Database, OutboxRelay } from '@voronka/messaging';
import { serve, settingsOf } from './serve.js';

/** A relay as a service has it, alone in its process. */
const { databaseUrl, brokerUrl, topicPrefix, name } = settingsOf<{
  databaseUrl: string;
  brokerUrl: string;
  topicPrefix: string;
  name: string;
}>();

const database = new Database({ url: databaseUrl, max: 4, applicationName: name });
const broker = brokerFrom(brokerUrl, { clientId: name, topicPrefix });
let relay: OutboxRelay | undefined;

serve({
  start: () => {
    relay = new OutboxRelay({ database, broker });
    relay.start();
  },
  stop: () => relay?.stop(),
  leads: () => relay?.isLeading ?? false,
});
