import { Injectable } from '@nestjs/common';
import { DomainError, type Actor, type Id } from '@voronka/contracts';
import { check, id, Store, type Within } from '@voronka/service-kit';
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

  /** A pipeline and its open deals by stage and currency, in one statement. Refuses with `PIPELINE_NOT_FOUND`. */
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
      text: cellsWithin,
    });
    return { pipeline, cells: rows.map((row) => ({ ...row, sum: safe(row.sum) })) };
  }
}

/** Cells are kept by owner, and summed up for whoever sees all; only with whom deals of others are shared has them counted from the deals. */
function cellsWithin(within: Within): string {
  const cells = { owner: 'owner_id', pipeline: 'pipeline_id' };
  const deals = { ...cells, shared: 'shared_to_read' };
  const owned = within(cells);
  if (within(deals) !== owned)
    return `select stage_id as "stageId", currency, count(*)::int as count, sum(amount)::text as sum from deal
            where pipeline_id = $1 and status = 'OPEN' and ${within(deals)}
            group by stage_id, currency order by stage_id, currency`;
  const kept = (table: string) =>
    `select stage_id, currency, count, sum from ${table} where pipeline_id = $1 and ${owned}`;
  return `select stage_id as "stageId", nullif(currency, '') as currency, sum(count)::int as count,
            case when currency <> '' then sum(sum)::text end as sum
          from (${kept(owned === 'true' ? 'board_total' : 'board_cell')} union all ${kept('board_change')}) c
          group by stage_id, currency having sum(count) <> 0 order by stage_id, currency`;
}

const safe = (sum: string | null): number | null =>
  sum !== null && Number.isSafeInteger(Number(sum)) ? Number(sum) : null;
