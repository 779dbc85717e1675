import { Injectable } from '@nestjs/common';
import type { Id, PipelineState } from '@voronka/contracts';
import { Database } from '@voronka/service-kit';

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

  async keep({ id, name, stages }: PipelineState, version: number): Promise<void> {
    const ordered = stages.map((stage): Stage => ({ id: stage.id, name: stage.name, archived: stage.archived }));
    await this.database.query({
      name: 'pipeline:keep',
      text: `insert into pipeline as p (id, name, stages, version) values ($1, $2, $3, $4)
             on conflict (id) do update set name = excluded.name, stages = excluded.stages, version = excluded.version
             where p.version < excluded.version`,
      values: [id, name, JSON.stringify(ordered), version],
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
