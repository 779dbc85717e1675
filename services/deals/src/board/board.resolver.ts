import { Args, Directive, ID, Query, Resolver } from '@nestjs/graphql';
import type { Actor } from '@voronka/contracts';
import { By, Can, moneyOf } from '@voronka/service-kit';
import { showPipeline } from '../pipeline/pipeline.graphql.js';
import { BoardType } from './board.graphql.js';
import { BoardService, type Cell } from './board.service.js';

@Resolver(() => BoardType)
export class BoardResolver {
  constructor(private readonly boards: BoardService) {}

  @Directive('@cost(weight: 50)')
  @Query(() => BoardType, {
    description: 'How many open deals each stage of a pipeline holds, and what they are worth.',
  })
  @Can('read', 'deal')
  async board(
    @By() by: Actor,
    @Args('pipelineId', { type: () => ID, description: 'Which pipeline.' }) pipelineId: string,
  ): Promise<BoardType> {
    const { pipeline, cells } = await this.boards.of(by, pipelineId);
    const shown = showPipeline(pipeline);
    const stages = shown.stages
      .filter((stage) => !stage.archived)
      .map((stage) => {
        const own = cells.filter((cell) => cell.stageId === stage.id);
        return { stage, count: own.reduce((total, { count }) => total + count, 0), sums: own.flatMap(sumOf) };
      });
    return { pipeline: shown, stages };
  }
}

const sumOf = ({ currency, count, sum }: Cell) =>
  currency === null ? [] : [{ currency, count, sum: moneyOf(sum, currency) }];
