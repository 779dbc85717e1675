import { Injectable } from '@nestjs/common';
import { DomainError, type Actor, type Id } from '@voronka/contracts';
import { check, id, Store } from '@voronka/service-kit';
import type { Pipeline } from '../pipeline/pipeline.js';
import { PipelineService } from '../pipeline/pipeline.service.js';

/** The open deals of a stage in one currency; `sum` in minor units, null where it passes 2^53. Without a currency, those without an amount. */
export interface Cell {
  readonly stageId: Id;
  readonly currency: string | null;
  readonly count: number;
  readonly sum: number | null;
}

@Injectable()
export class BoardService {
  constructor(
    private readonly store: Store,
    private readonly pipelines: PipelineService,
  ) {}

  /** A pipeline and its open deals by stage and currency, counted in one statement. Refuses with `PIPELINE_NOT_FOUND`. */
  async of(by: Actor, pipelineId: Id): Promise<{ pipeline: Pipeline; cells: Cell[] }> {
    const pipeline = await this.pipelines.find(by, check(id, pipelineId, 'pipelineId'));
    if (!pipeline)
      throw new DomainError(
        'PIPELINE_NOT_FOUND',
        'There is no pipeline with this id. Choose one from `pipelines`.',
        'pipelineId',
      );
    const rows = await this.store.rows<Omit<Cell, 'sum'> & { sum: string | null }>(by, 'deal', {
      name: 'board:cells',
      values: [pipelineId],
      text: (
        within,
      ) => `select stage_id as "stageId", currency, count(*)::int as count, sum(amount)::text as sum from deal
             where pipeline_id = $1 and status = 'OPEN' and ${within({ owner: 'owner_id', shared: 'shared_to_read', pipeline: 'pipeline_id' })}
             group by stage_id, currency order by stage_id, currency`,
    });
    return { pipeline, cells: rows.map((row) => ({ ...row, sum: safe(row.sum) })) };
  }
}

const safe = (sum: string | null): number | null =>
  sum !== null && Number.isSafeInteger(Number(sum)) ? Number(sum) : null;
