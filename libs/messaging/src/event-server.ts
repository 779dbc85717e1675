import { Catch, type INestApplication, type RpcExceptionFilter } from '@nestjs/common';
import {
  BaseRpcContext,
  Server,
  type CustomTransportStrategy,
  type MessageHandler,
  type MicroserviceOptions,
  type MsPattern,
  type NestMicroservice,
} from '@nestjs/microservices';
import { isObservable, lastValueFrom, throwError, type Observable } from 'rxjs';
import type { IncomingMessage } from './broker.js';
import { Handlers, type HandlerExtras } from './handlers.js';
import { noMeter, type Meter } from './meter.js';
import type { Tracer } from './tracer.js';

/** What guards, interceptors and `@Ctx()` see beside the data: the messages as they came, one where the handler takes single events. */
export class EventContext extends BaseRpcContext<[readonly IncomingMessage[]]> {
  get messages(): readonly IncomingMessage[] {
    return this.getArgByIndex(0) as readonly IncomingMessage[];
  }

  get message(): IncomingMessage {
    return this.messages[0]!;
  }
}

/** Nest answers an unknown error with `Internal server error`; the bus must see the refusal itself to know what to do with the event. */
@Catch()
export class OriginalError implements RpcExceptionFilter<unknown> {
  catch(error: unknown): Observable<never> {
    return throwError(() => error);
  }
}

/** Nest's way in for events: gathers an application's handlers. What is done with them is its heirs' business. */
export abstract class EventServer extends Server implements CustomTransportStrategy {
  override readonly transportId = Symbol('voronka events');
  override readonly propagatesEventHandlerErrors = true;
  protected readonly handlers: Handlers;
  private attached = false;

  constructor(
    protected readonly meter: Meter = noMeter,
    tracer?: Tracer,
  ) {
    super();
    this.handlers = new Handlers(meter, tracer);
  }

  /**
   * Makes this a microservice of the application; `app.startAllMicroservices()` then begins to listen. Use this and not
   * `connectMicroservice`, whose handlers are made before a filter can be given to them.
   */
  attachTo(app: INestApplication): void {
    const options = { deferInitialization: true };
    const microservice = app.connectMicroservice<MicroserviceOptions>({ strategy: this }, options) as NestMicroservice;
    microservice.setIsInitHookCalled(true); // the application calls the hooks of the modules they share
    microservice.useGlobalFilters(new OriginalError());
    this.attached = true;
  }

  /** Called by Nest. Handlers are kept in a list, not chained by `next`: a chain would run them all at once. */
  override addHandler(
    pattern: MsPattern,
    callback: MessageHandler,
    isEventHandler = false,
    extras: HandlerExtras = {},
  ): void {
    const type = this.normalizePattern(pattern);
    if (!isEventHandler) throw new Error(`${type}: services do not call each other; only @EventPattern is served.`);
    const handler = async (given: unknown, messages: readonly IncomingMessage[]) => {
      const result: unknown = await callback(given, new EventContext([messages]));
      if (isObservable(result)) await lastValueFrom(result, { defaultValue: undefined });
    };
    this.handlers.add(type, handler, extras);
    if (!this.messageHandlers.has(type)) super.addHandler(pattern, callback, isEventHandler, extras);
  }

  /** Throws where handlers' errors would not be seen. */
  protected requireAttached(): void {
    if (!this.attached)
      throw new Error('Connect the event bus with bus.attachTo(app), so that it sees what handlers throw.');
  }

  abstract override listen(callback: () => void): Promise<void>;
  abstract override close(): Promise<void>;
  override on(): void {}
}
