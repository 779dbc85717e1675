import { Controller, type Type } from '@nestjs/common';
import {
  CompanyCreated,
  CompanyWithdrawn,
  ContactCreated,
  ContactWithdrawn,
  DealCreated,
  DealWithdrawn,
  LeadCreated,
  PipelineCreated,
  ProductCreated,
  type EventDeclaration,
  type Received,
} from '@voronka/contracts';
import { Database } from '@voronka/messaging';
import { On } from '../on.js';
import type { ReferenceKind } from './references.js';

const created: Record<ReferenceKind, EventDeclaration> = {
  company: CompanyCreated,
  contact: ContactCreated,
  lead: LeadCreated,
  deal: DealCreated,
  product: ProductCreated,
  pipeline: PipelineCreated,
};
const withdrawn: Partial<Record<ReferenceKind, EventDeclaration>> = {
  company: CompanyWithdrawn,
  contact: ContactWithdrawn,
  deal: DealWithdrawn,
};

/** Keeps `reference` for the kinds a service refers to. */
export function referencesConsumer(kinds: readonly ReferenceKind[]): Type {
  @Controller()
  class ReferencesConsumer {
    constructor(private readonly database: Database) {}

    @On(...kinds.map((kind) => created[kind]))
    async keep({ topic, subject }: Received): Promise<void> {
      await this.database.query({
        name: 'reference:keep',
        text: 'insert into reference (kind, id) values ($1, $2) on conflict do nothing',
        values: [kindOf(topic), subject],
      });
    }

    @On(...kinds.flatMap((kind) => withdrawn[kind] ?? []))
    async drop({ topic, subject }: Received): Promise<void> {
      await this.database.query({
        name: 'reference:drop',
        text: 'delete from reference where kind = $1 and id = $2::uuid',
        values: [kindOf(topic), subject],
      });
    }
  }
  return ReferencesConsumer;
}

const kindOf = (topic: string) => topic.split('.')[1];
