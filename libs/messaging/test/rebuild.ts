import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { EventPattern } from '@nestjs/microservices';
import { Controller, type Type } from '@nestjs/common';
import type { Received } from '@voronka/contracts';
import {
  brokerFrom,
  brokerViewFrom,
  Database,
  RebuildingBus,
  REBUILD_SETTINGS,
  type RebuildProgress,
  type Rebuilt,
} from '../src/index.js';
import { NoteAmended, type House } from './house.js';
import type { Note } from './service.js';

/** What the projection of these tests keeps of a note: its last number, and every number it ever had, in order. */
export const keptNotes = `create table kept_note (
  id uuid primary key, last int not null, numbers int[] not null, version int not null)`;

/** A projection that keeps notes; `rule` may refuse some, or do more. */
export function keeper(rule: (event: Received<Note>, database: Database) => void | Promise<void> = () => {}): Type {
  @Controller()
  class Keeper {
    constructor(private readonly database: Database) {}

    @EventPattern<string>(NoteAmended.type, { keeps: ['kept_note'] })
    async keep(events: readonly Received<Note>[]): Promise<void> {
      const notes = new Map<string, { id: string; last: number; numbers: number[]; version: number }>();
      for (const event of events) {
        await rule(event, this.database);
        const { subject: id, aggregateVersion: version } = event;
        const { n } = event.data.note;
        notes.set(id, { id, last: n, numbers: [...(notes.get(id)?.numbers ?? []), n], version });
      }
      await this.database.query({
        name: 'keep-notes',
        text: `insert into kept_note as k
          select * from jsonb_to_recordset($1) as n(id uuid, last int, numbers int[], version int)
          on conflict (id) do update set last = excluded.last, numbers = k.numbers || excluded.numbers,
            version = excluded.version where k.version < excluded.version`,
        values: [JSON.stringify([...notes.values()])],
      });
    }
  }
  return Keeper;
}

export interface Rebuilding {
  readonly told: readonly RebuildProgress[];
  readonly done: Promise<Rebuilt>;
  stop(): void;
}

/** Begins a rebuild as a process of its own would do it: on connections of its own to database and broker. */
export async function rebuilding(
  home: House,
  controllers: readonly Type[],
  { url, topicPrefix = '' }: { url: string; topicPrefix?: string },
): Promise<Rebuilding> {
  const applicationName = 'a rebuild';
  const database = new Database({ url: home.url, applicationName, settings: REBUILD_SETTINGS });
  const broker = brokerFrom(url, { clientId: 'rebuild', topicPrefix });
  const view = brokerViewFrom(url, { clientId: 'rebuild', topicPrefix });
  const bus = new RebuildingBus({ service: 'test', database, broker, view });
  const module = await Test.createTestingModule({
    controllers: [...controllers],
    providers: [{ provide: Database, useValue: database }],
  }).compile();
  module.useLogger(false);
  const app = module.createNestApplication(new FastifyAdapter());
  bus.attachTo(app);
  await app.startAllMicroservices();
  const told: RebuildProgress[] = [];
  const stopping = new AbortController();
  const done = bus
    .rebuild((progress) => void told.push(progress), stopping.signal)
    .finally(async () => {
      await broker.close();
      await view.close();
      await database.close();
    });
  done.catch(() => {});
  return { told, done, stop: () => stopping.abort() };
}
