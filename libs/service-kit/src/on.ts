import { EventPattern } from '@nestjs/microservices';
import { eventOf, type EventDeclaration, type Received, type ReceivedOf } from '@voronka/contracts';
import type { HandlerExtras } from '@voronka/messaging';

/**
 * Marks a method of a consumer as a *reaction* to declared events: it is called with one after another, may change records
 * and write events. It runs in the transaction that takes the event down as received, so its effect on this service's
 * database is applied exactly once; it may be called again only when that transaction did not commit. It must await all
 * it does. Throws, when the class is loaded, for a declaration that is not the newest version of its event.
 */
export const On = <D extends EventDeclaration>(...declarations: D[]) => reaction(declarations);

/**
 * As `@On`, but those of a batch are called at the same time, in order only for the events of one record, so that what they
 * change is written together. Such a method changes nothing but by the store, and looks in its rule at what it has read before.
 */
export const OnTogether = <D extends EventDeclaration>(...declarations: D[]) =>
  reaction(declarations, { together: true });

const reaction =
  <D extends EventDeclaration>(declarations: readonly D[], extras: HandlerExtras = {}) =>
  (
    target: object,
    method: string | symbol,
    descriptor: TypedPropertyDescriptor<(event: ReceivedOf<D>) => Promise<void>>,
  ): void => {
    (EventPattern(typesOf(declarations), extras) as MethodDecorator)(target, method, descriptor);
  };

/**
 * Marks a method as a *projection*: the tables hold nothing but what such methods keep from events, so that they can be
 * built anew from the topics. It is called with all that a batch holds for it, those of one record in order, and runs
 * one statement per table, however many they are; never with none. A batch that failed comes again as lists of one. It
 * looks at versions (`latest`), so that a repeat changes nothing. What it needs no answer of it may `send`. Events that
 * it writes name their `context`, `causedBy` the event. Otherwise as `@On`.
 */
export const Keep =
  <D extends EventDeclaration>(tables: readonly string[], ...declarations: D[]) =>
  <F extends (events: readonly ReceivedOf<D>[]) => Promise<void> | void>(
    target: object,
    method: string | symbol,
    descriptor: TypedPropertyDescriptor<F>,
  ): void => {
    // A list of its own: the bus knows by it that several types are for one method.
    const extras: HandlerExtras = { keeps: [...tables] };
    (EventPattern(typesOf(declarations), extras) as MethodDecorator)(target, method, descriptor);
  };

/** Of each record the newest of these events. */
export function latest<E extends Received>(events: readonly E[]): E[] {
  const newest = new Map<string, E>();
  for (const event of events) {
    const before = newest.get(event.subject);
    if (!before || before.aggregateVersion < event.aggregateVersion) newest.set(event.subject, event);
  }
  return [...newest.values()];
}

/** Events arrive as their newest version, however they were written: another declaration would type what never comes. */
function typesOf(declarations: readonly EventDeclaration[]): string[] {
  for (const { type, version } of declarations) {
    const newest = eventOf(type)?.version;
    if (newest !== version)
      throw new Error(
        `A handler names version ${version} of ${type}, which arrives as version ${newest}. Name the newest declaration.`,
      );
  }
  return declarations.map(({ type }) => type);
}
