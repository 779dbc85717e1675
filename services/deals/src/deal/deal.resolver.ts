import { Args, ID, Mutation, Query, ResolveField, Resolver, ResolveReference } from '@nestjs/graphql';
import { DomainError, type Actor } from '@voronka/contracts';
import {
  By,
  Can,
  connection,
  DateTime,
  ImportResult,
  type ListArgs,
  Reads,
  type RequestContext,
  ShareInput,
  Sharing,
  Verb,
  showReferred,
  type Referred,
  Wanted,
  wantedOf,
  type WantedProperties,
} from '@voronka/service-kit';
import type { GraphQLResolveInfo } from 'graphql';
import { PipelineType, StageType } from '../pipeline/pipeline.graphql.js';
import { pipelineLoader } from '../pipeline/pipeline.resolver.js';
import { PipelineService } from '../pipeline/pipeline.service.js';
import {
  CreateDealInput,
  DealConnection,
  DealType,
  ImportDealInput,
  showDeal,
  UpdateDealInput,
} from './deal.graphql.js';
import { dealList, LostReasonEnum } from './deal.list.js';
import { DealService } from './deal.service.js';
import { Deal } from './deal.js';

@Resolver(() => DealType)
export class DealResolver {
  /** By request: one promise for all deals of a page that are in a stage, and not some for each. */
  private readonly stages = new WeakMap<RequestContext['loaders'], Map<string, Promise<StageType>>>();

  constructor(
    private readonly deals: DealService,
    private readonly pipelines: PipelineService,
    private readonly sharing: Sharing,
  ) {}

  @Query(() => DealType, { name: 'deal', nullable: true, description: 'A deal; null where there is none.' })
  @Can('read', 'deal')
  async find(
    @By() by: Actor,
    @Args('id', { type: () => ID, description: 'Which one.' }) id: string,
    @Wanted(Deal) wanted: WantedProperties,
  ): Promise<DealType | null> {
    const deal = await this.deals.find(by, id, wanted);
    return deal && showDeal(deal);
  }

  @Query(() => DealConnection, { name: 'deals', description: 'The deals, the newest first.' })
  @Can('read', 'deal')
  async list(
    @By() by: Actor,
    @Args({ type: () => dealList.Args }) args: ListArgs,
    @Wanted(Deal) wanted: WantedProperties,
  ) {
    return connection(await this.deals.list(by, args, wanted), showDeal);
  }

  @Mutation(() => DealType, { description: 'Opens a deal.' })
  @Can('create', 'deal')
  async createDeal(
    @By() by: Actor,
    @Args('input', { description: 'The deal.' }) input: CreateDealInput,
    @Args('occurredAt', {
      type: () => DateTime,
      nullable: true,
      description: 'When it was opened in the business, if not now; never in the future.',
    })
    occurredAt?: Date | null,
  ): Promise<DealType> {
    return showDeal(await this.deals.create(by, input, occurredAt));
  }

  @Mutation(() => DealType, { description: 'Changes what is known or agreed of a deal.' })
  @Can('update', 'deal')
  async updateDeal(
    @By() by: Actor,
    @Args() verb: Verb,
    @Args('input', { description: 'What shall change.' }) input: UpdateDealInput,
  ): Promise<DealType> {
    return showDeal(await this.deals.update(by, verb, input));
  }

  @Mutation(() => DealType, { description: 'Moves an open deal to another stage of its pipeline.' })
  @Can('update', 'deal')
  async moveDeal(
    @By() by: Actor,
    @Args() verb: Verb,
    @Args('stageId', { type: () => ID, description: 'The stage it comes to.' }) stageId: string,
  ): Promise<DealType> {
    return showDeal(await this.deals.move(by, verb, stageId));
  }

  @Mutation(() => DealType, { description: 'The customer said yes.' })
  @Can('win', 'deal')
  async winDeal(@By() by: Actor, @Args() verb: Verb): Promise<DealType> {
    return showDeal(await this.deals.win(by, verb));
  }

  @Mutation(() => DealType, { description: 'The customer said no, or nothing.' })
  @Can('lose', 'deal')
  async loseDeal(
    @By() by: Actor,
    @Args() verb: Verb,
    @Args('reason', { type: () => LostReasonEnum, description: 'Why.' }) reason: string,
    @Args('note', { type: () => String, nullable: true, description: 'More on why, up to 2,000 characters.' })
    note?: string | null,
  ): Promise<DealType> {
    return showDeal(await this.deals.lose(by, verb, reason, note));
  }

  @Mutation(() => DealType, { description: 'Takes a closed deal up again, in the stage it was in.' })
  @Can('update', 'deal')
  async reopenDeal(@By() by: Actor, @Args() verb: Verb): Promise<DealType> {
    return showDeal(await this.deals.reopen(by, verb));
  }

  @Can('share', 'deal')
  @Mutation(() => DealType, {
    description: 'Lets a person or a team see a deal that is not theirs, or work it; or takes that back.',
  })
  async shareDeal(
    @By() by: Actor,
    @Args() verb: Verb,
    @Args('input', { description: 'With whom, and what for.' }) input: ShareInput,
  ): Promise<DealType> {
    return showDeal(await this.sharing.share(by, Deal, verb, input));
  }

  @Mutation(() => [ImportResult], {
    description: 'Imports up to 500 deals with their history; each row is answered for itself.',
  })
  @Can('import', 'deal')
  importDeals(
    @By() by: Actor,
    @Args('rows', { type: () => [ImportDealInput], description: 'The deals.' }) rows: ImportDealInput[],
  ): Promise<ImportResult[]> {
    return this.deals.import(by, rows);
  }

  @ResolveField(() => PipelineType, { description: 'The pipeline it goes through.' })
  async pipeline({ pipelineId }: DealType, _: object, ctx: RequestContext): Promise<PipelineType> {
    const pipeline = await pipelineLoader(ctx, this.pipelines).load(pipelineId);
    if (!pipeline) throw new DomainError('PIPELINE_NOT_FOUND', 'The pipeline of this deal is gone.', 'pipeline');
    return pipeline;
  }

  @Reads('pipelineId', 'stageId')
  @ResolveField(() => StageType, { description: 'The stage it is in, or was in when it closed.' })
  stage(deal: DealType, none: object, ctx: RequestContext): Promise<StageType> {
    let asked = this.stages.get(ctx.loaders);
    if (!asked) this.stages.set(ctx.loaders, (asked = new Map<string, Promise<StageType>>()));
    const place = `${deal.pipelineId} ${deal.stageId}`;
    let stage = asked.get(place);
    if (!stage) asked.set(place, (stage = this.stageOf(deal, none, ctx)));
    return stage;
  }

  private async stageOf(deal: DealType, none: object, ctx: RequestContext): Promise<StageType> {
    const stage = (await this.pipeline(deal, none, ctx)).stages.find(({ id }) => id === deal.stageId);
    if (!stage) throw new DomainError('STAGE_NOT_FOUND', 'The stage of this deal is gone.', 'stage');
    return stage;
  }

  @ResolveReference()
  referred(
    referred: readonly Referred[],
    ctx: RequestContext,
    asked: GraphQLResolveInfo,
  ): Promise<(DealType | null)[]> {
    const wanted = wantedOf(Deal, asked);
    return showReferred(ctx, referred, (by, ids) => this.deals.byIds(by, ids, wanted), showDeal);
  }
}
