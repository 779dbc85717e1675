import { EventPattern } from '@nestjs/microservices';
import type { EventDeclaration, ReceivedOf } from '@voronka/contracts';

/**
 * Marks a method of a consumer as the handler of declared events. It runs in the transaction that takes the event down
 * as received, so its effect on this service's database is applied exactly once; it may be called again only when that
 * transaction did not commit. It must await all it does.
 */
export const On =
  <D extends EventDeclaration>(...declarations: D[]) =>
  (
    target: object,
    method: string | symbol,
    descriptor: TypedPropertyDescriptor<(event: ReceivedOf<D>) => Promise<void>>,
  ): void => {
    (EventPattern(declarations.map((d) => d.type)) as MethodDecorator)(target, method, descriptor);
  };
