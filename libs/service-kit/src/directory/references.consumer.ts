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
  PipelineUpdated,
  ProductCreated,
  type EventDeclaration,
  type Id,
  type Received,
  type ReceivedOf,
} from '@voronka/contracts';
import { Database } from '@voronka/messaging';
import { columns } from '../columns.js';
import { Keep, latest } from '../on.js';
import type { ReferenceKind } from './references.js';

const created: Record<ReferenceKind, readonly EventDeclaration[]> = {
  company: [CompanyCreated],
  contact: [ContactCreated],
  lead: [LeadCreated],
  deal: [DealCreated],
  product: [ProductCreated],
  // Of what comes together, the latest alone is looked at.
  pipeline: [PipelineCreated, PipelineUpdated],
  stage: [PipelineCreated, PipelineUpdated],
};
const withdrawn: Partial<Record<ReferenceKind, EventDeclaration>> = {
  company: CompanyWithdrawn,
  contact: ContactWithdrawn,
  deal: DealWithdrawn,
};

/** What an event says there is, or is no more. A stage comes with its pipeline, and stays where that archives it. */
function idsIn(kind: ReferenceKind, event: Received): readonly Id[] {
  if (kind !== 'stage') return [event.subject];
  return (event as ReceivedOf<typeof PipelineUpdated>).data.pipeline.stages.map(({ id }) => id);
}

/** Keeps `reference` for the kinds a service refers to. */
export function referencesConsumer(kinds: readonly ReferenceKind[]): Type {
  @Controller()
  class ReferencesConsumer {
    constructor(private readonly database: Database) {}

    @Keep(['reference'], ...new Set(kinds.flatMap((kind) => [...created[kind], withdrawn[kind] ?? []].flat())))
    references(events: readonly Received[]): void {
      const rows = latest(events).flatMap((event) =>
        kinds
          .map((kind) => ({ kind, there: created[kind].map(({ type }) => type), gone: withdrawn[kind]?.type }))
          .filter(({ there, gone }) => [...there, gone].includes(event.type))
          .flatMap(({ kind, gone }) => idsIn(kind, event).map((id) => ({ kind, id, gone: event.type === gone }))),
      );
      this.database.send({
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
