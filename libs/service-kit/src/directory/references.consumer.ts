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
import { columns } from '../columns.js';
import { Keep, latest } from '../on.js';
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

    @Keep(['reference'], ...kinds.flatMap((kind) => [created[kind], withdrawn[kind] ?? []].flat()))
    async references(events: readonly Received[]): Promise<void> {
      const rows = latest(events).map(({ topic, type, subject: id }) => {
        const kind = topic.split('.')[1] as ReferenceKind;
        return { kind, id, gone: type === withdrawn[kind]?.type };
      });
      await this.database.query({
        name: 'reference:keep',
        text: `with said as (select * from unnest($1::text[], $2::uuid[], $3::boolean[]) as s(kind, id, gone)),
                 dropped as (delete from reference r using said s where r.kind = s.kind and r.id = s.id and s.gone)
               insert into reference (kind, id) select kind, id from said where not gone on conflict do nothing`,
        values: columns(rows, 'kind', 'id', 'gone'),
      });
    }
  }
  return ReferencesConsumer;
}
