import { Injectable } from '@nestjs/common';
import type { Id, PipelineUpdated, ReceivedOf } from '@voronka/contracts';
import { columns, Database, latest } from '@voronka/service-kit';

/** A stage as reports name it. */
export interface Stage {
  readonly id: Id;
  readonly name: string;
  readonly archived: boolean;
}

/** The pipelines and the order of their stages, as the deals service last announced them. */
@Injectable()
export class PipelineService {
  constructor(private readonly database: Database) {}

  /** Takes events in. One that is not newer than what is kept changes nothing. */
  async keep(events: readonly ReceivedOf<typeof PipelineUpdated>[]): Promise<void> {
    const rows = latest(events).map(({ data: { pipeline }, aggregateVersion: version }) => ({
      ...{ id: pipeline.id, name: pipeline.name, version },
      stages: JSON.stringify(pipeline.stages.map(({ id, name, archived }): Stage => ({ id, name, archived }))),
    }));
    await this.database.query({
      name: 'pipeline:keep',
      text: `insert into pipeline as p (id, name, stages, version)
             select * from unnest($1::uuid[], $2::text[], $3::jsonb[], $4::int[])
             on conflict (id) do update set name = excluded.name, stages = excluded.stages, version = excluded.version
             where p.version < excluded.version`,
      values: columns(rows, 'id', 'name', 'stages', 'version'),
    });
  }

  /** The stages in order, archived ones included; none where the pipeline is not known. */
  async stagesOf(pipelineId: Id): Promise<readonly Stage[]> {
    const { rows } = await this.database.query<{ stages: Stage[] }>({
      name: 'pipeline:stages',
      text: 'select stages from pipeline where id = $1',
      values: [pipelineId],
    });
    return rows[0]?.stages ?? [];
  }
}
