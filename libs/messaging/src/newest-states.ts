import { eventOf, newestOf, stateOf, type StateDeclaration } from '@voronka/contracts';
import type { IncomingMessage, OutgoingMessage } from './broker.js';
import { dataOf, envelopeOf, headersOf, jsonOf, UnreadableMessage } from './envelope.js';
import { recordOf, versionOf } from './records.js';

/** The state of a record after one of its events. */
export interface NewestState {
  /** Topic of the events and key, as `recordOf` has it. */
  readonly record: string;
  readonly version: number;
  readonly message: OutgoingMessage;
}
/** A message that changes no state. */
export interface Ignored {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly why: string;
}

/**
 * What a batch of events leaves of each record: its newest state, as a message for the topic of states. Only that one is
 * parsed. What is no event of the topic's noun is ignored, and the next older one stands instead.
 */
export function newestStates(
  messages: readonly IncomingMessage[],
  service: string,
): { states: NewestState[]; ignored: Ignored[] } {
  const states: NewestState[] = [];
  const ignored: Ignored[] = [];
  const ignore = ({ topic, partition, offset }: IncomingMessage, why: string) =>
    void ignored.push({ topic, partition, offset, why });

  const claims = new Map<string, { version: number; message: IncomingMessage }[]>();
  for (const message of messages) {
    const version = versionOf(message);
    if (version === undefined) {
      ignore(message, 'Its attributes are not those of an event.');
      continue;
    }
    const record = recordOf(message);
    const list = claims.get(record);
    if (list) list.push({ version, message });
    else claims.set(record, [{ version, message }]);
  }
  for (const [record, list] of claims) {
    for (const { version, message } of list.sort((a, b) => b.version - a.version)) {
      try {
        states.push({ record, version, message: stateAfter(message, service) });
        break;
      } catch (error) {
        // An upcast is code of a declaration, and may throw anything.
        ignore(message, error instanceof Error ? error.message : String(error));
      }
    }
  }
  return { states, ignored };
}

/**
 * The state that an event carries, under the event's own id and attributes. The source differs from the event's, for it
 * and the id together name one message. Throws where the message is no event of its topic's noun.
 */
function stateAfter(message: IncomingMessage, service: string): OutgoingMessage {
  const envelope = envelopeOf(message);
  const { id, type, subject, aggregateVersion: version } = envelope;
  const noun = message.topic.split('.')[1] ?? '';
  const newest = eventOf(type);
  const declaration = newest?.state ?? stateOf(noun);
  if (!declaration || !type.startsWith(`crm.${noun}.`))
    throw new UnreadableMessage('ENVELOPE_INVALID', `The type ${type} is not of this topic.`);
  const state = stateIn(message, envelope, declaration);
  const { correlationId, causationId, traceparent, actor, occurredAt, recordedAt } = envelope;
  const event = { declaration, recordId: subject, version, data: state, actor, occurredAt, recordedAt };
  return {
    topic: declaration.topic,
    key: subject,
    headers: headersOf(id, event, `${service}/state`, { correlationId, causationId, traceparent, actor }),
    value: newest?.erases ? null : JSON.stringify(state),
  };
}

/**
 * As it was written, with what this code does not know: a newer instance may have written it. For the same reason a type
 * or a version that is not known is no reason to lose the state, where that fits the newest schema.
 */
function stateIn(
  message: IncomingMessage,
  { type, version }: { type: string; version: number },
  declaration: StateDeclaration,
): unknown {
  const json = jsonOf(message);
  const written = eventOf(type, version);
  const data = written && written !== eventOf(type) ? newestOf(written, dataOf(written, json)) : json;
  const state = (data as Record<string, unknown> | null)?.[declaration.field];
  dataOf(declaration, state);
  return state;
}
