import { Args, ID, Int, Mutation, Query, Resolver, ResolveReference } from '@nestjs/graphql';
import type { Actor } from '@voronka/contracts';
import {
  By,
  Can,
  connection,
  loaderOf,
  type ListArgs,
  type RequestContext,
  showReferred,
  type Referred,
} from '@voronka/service-kit';
import {
  CreatePipelineInput,
  PipelineConnection,
  PipelineType,
  showPipeline,
  UpdatePipelineInput,
} from './pipeline.graphql.js';
import { pipelineList } from './pipeline.list.js';
import { PipelineService } from './pipeline.service.js';

@Resolver(() => PipelineType)
export class PipelineResolver {
  constructor(private readonly pipelines: PipelineService) {}

  @Query(() => PipelineType, { name: 'pipeline', nullable: true, description: 'A pipeline; null where there is none.' })
  @Can('read', 'pipeline')
  async find(
    @By() by: Actor,
    @Args('id', { type: () => ID, description: 'Which one.' }) id: string,
  ): Promise<PipelineType | null> {
    const pipeline = await this.pipelines.find(by, id);
    return pipeline && showPipeline(pipeline);
  }

  @Query(() => PipelineConnection, { name: 'pipelines', description: 'The pipelines, the oldest first.' })
  @Can('read', 'pipeline')
  async list(@By() by: Actor, @Args({ type: () => pipelineList.Args }) args: ListArgs) {
    return connection(await this.pipelines.list(by, args), showPipeline);
  }

  @Mutation(() => PipelineType, { description: 'Sets a pipeline up with its stages.' })
  @Can('manage', 'pipeline')
  async createPipeline(
    @By() by: Actor,
    @Args('input', { description: 'The pipeline.' }) input: CreatePipelineInput,
  ): Promise<PipelineType> {
    return showPipeline(await this.pipelines.create(by, input));
  }

  @Mutation(() => PipelineType, {
    description:
      'Renames, archives or rearranges a pipeline, or makes it the default. A stage with open deals is not lost.',
  })
  @Can('manage', 'pipeline')
  async updatePipeline(
    @By() by: Actor,
    @Args('id', { type: () => ID, description: 'Which one.' }) id: string,
    @Args('input', { description: 'What shall change.' }) input: UpdatePipelineInput,
    @Args('expectedVersion', {
      type: () => Int,
      nullable: true,
      description: 'The version you saw; refused with CONFLICT when the pipeline has moved on since.',
    })
    expectedVersion?: number | null,
  ): Promise<PipelineType> {
    return showPipeline(await this.pipelines.update(by, id, input, expectedVersion));
  }

  @ResolveReference()
  referred(referred: readonly Referred[], ctx: RequestContext): Promise<(PipelineType | null)[]> {
    return showReferred(ctx, referred, (by, ids) => this.pipelines.byIds(by, ids), showPipeline);
  }
}

/** The pipelines that one request asks for, as the API shows them, by one statement. */
export const pipelineLoader = (ctx: RequestContext, service: PipelineService) =>
  loaderOf(ctx, 'pipeline', async (by, ids) => (await service.byIds(by, ids)).map((one) => one && showPipeline(one)));
