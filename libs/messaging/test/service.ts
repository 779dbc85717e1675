import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { EventPattern } from '@nestjs/microservices';
import { Controller, type DynamicModule, type Type } from '@nestjs/common';
import type { Received } from '@voronka/contracts';
import { Database, EventBus, type Logger } from '../src/index.js';
import { NoteAmended, type House } from './house.js';

/** What the handlers of these tests leave in the service's own database: one row per effect, in order of commit and place. */
export const effects = `create table if not exists effect (
  place bigint generated always as identity primary key, by text not null, record text not null, n int not null)`;

export interface Note {
  note: { id: string; n: number };
  by?: string;
}

/** Starts a Nest application whose only door is the bus, with the given controllers. */
export async function service(
  home: House,
  controllers: readonly Type[],
  {
    name = 'test',
    logger,
    imports = [],
    published,
  }: { name?: string; logger?: Logger; imports?: DynamicModule[]; published?: () => void } = {},
): Promise<{ bus: EventBus; database: Database; stop(): Promise<void> }> {
  const database = new Database({ url: home.url });
  await database.query({ text: effects });
  const bus = new EventBus({ service: name, database, broker: home.broker, logger, published });
  const module = await Test.createTestingModule({
    imports,
    controllers: [...controllers],
    providers: [{ provide: Database, useValue: database }],
  }).compile();
  module.useLogger(false);
  const app = module.createNestApplication(new FastifyAdapter());
  bus.attachTo(app);
  await app.startAllMicroservices();
  let stopped: Promise<void> | undefined;
  const stop = () => (stopped ??= app.close().then(() => database.close()));
  home.later(stop);
  return { bus, database, stop };
}

export type Rule = (event: Received<Note>, database: Database) => void | Promise<void>;

/** A controller that handles amended notes by one rule and then leaves its effect. */
export function reader(by: string, rule: Rule = () => {}): Type {
  @Controller()
  class Reader {
    constructor(private readonly database: Database) {}

    @EventPattern<string>(NoteAmended.type)
    async on(event: Received<Note>): Promise<void> {
      await rule(event, this.database);
      await this.database.query({
        text: 'insert into effect (by, record, n) values ($1, $2, $3)',
        values: [by, event.subject, event.data.note.n],
      });
    }
  }
  return Reader;
}
