import { Args, ID, Int, Mutation, Query, ResolveField, ResolveReference, Resolver } from '@nestjs/graphql';
import type { Actor, Id } from '@voronka/contracts';
import {
  By,
  Can,
  connection,
  DateTime,
  ImportResult,
  loaderOf,
  type Connection,
  type ImportOutcome,
  type ListArgs,
  type RequestContext,
  showReferred,
  type Referred,
} from '@voronka/service-kit';
import { ActivityConnection, activityList, ActivityType, Agenda, showActivity } from './activity.graphql.js';
import { ImportActivityInput, NextStepInput, PlanActivityInput, UpdateActivityInput } from './activity.input.js';
import { ActivityService } from './activity.service.js';

const theId = { type: () => ID, description: 'The activity.' } as const;
const expected = {
  type: () => Int,
  nullable: true,
  description: 'Refuse if it has changed since this version.',
} as const;
const occurred = { type: () => DateTime, nullable: true, description: 'When it happened, if not now.' } as const;
const optionalText = (description: string) => ({ type: () => String, nullable: true, description }) as const;

@Resolver(() => ActivityType)
export class ActivityResolver {
  constructor(private readonly service: ActivityService) {}

  @Can('read', 'activity')
  @Query(() => ActivityType, { nullable: true, description: 'One activity; null where there is none with this id.' })
  async activity(@By() by: Actor, @Args('id', { ...theId }) id: Id): Promise<ActivityType | null> {
    const activity = await this.service.find(by, id);
    return activity && showActivity(activity);
  }

  @Can('read', 'activity')
  @Query(() => ActivityConnection, { description: 'Activities, newest first where no order is given.' })
  async activities(
    @By() by: Actor,
    @Args({ type: () => activityList.Args }) args: ListArgs,
  ): Promise<Connection<ActivityType>> {
    return connection(await this.service.list(by, args), showActivity);
  }

  @Can('read', 'activity')
  @Query(() => Agenda, { description: 'What somebody has to do from `from` to before `to`, and what is overdue.' })
  async agenda(
    @By() by: Actor,
    @Args('from', { type: () => DateTime, description: 'The beginning of the span.' }) from: Date,
    @Args('to', { type: () => DateTime, description: 'Its end, not part of it; at most 366 days on.' }) to: Date,
    @Args('ownerId', { type: () => ID, nullable: true, description: 'Whose; yours where nobody is named.' })
    ownerId: Id | null,
  ): Promise<Agenda> {
    const { due, overdue, more } = await this.service.agenda(by, from, to, ownerId);
    return { due: due.map(showActivity), overdue: overdue.map(showActivity), more };
  }

  @Can('create', 'activity')
  @Mutation(() => ActivityType, { description: 'Plans a task, call or meeting.' })
  async planActivity(
    @By() by: Actor,
    @Args('input', { type: () => PlanActivityInput, description: 'What, when, whose, about what.' })
    input: PlanActivityInput,
    @Args('occurredAt', { ...occurred }) occurredAt: Date | null,
  ): Promise<ActivityType> {
    return showActivity(await this.service.plan(by, input, occurredAt));
  }

  @Can('update', 'activity')
  @Mutation(() => ActivityType, { description: 'Puts a planned activity otherwise, or gives it to somebody else.' })
  async updateActivity(
    @By() by: Actor,
    @Args('id', { ...theId }) id: Id,
    @Args('input', { type: () => UpdateActivityInput, description: 'What to put otherwise.' })
    input: UpdateActivityInput,
    @Args('expectedVersion', { ...expected }) expectedVersion: number | null,
    @Args('occurredAt', { ...occurred }) occurredAt: Date | null,
  ): Promise<ActivityType> {
    return showActivity(await this.service.update(by, id, input, { expectedVersion, occurredAt }));
  }

  @Can('update', 'activity')
  @Mutation(() => ActivityType, {
    description: 'Says what came of it, and plans what comes next about the same thing.',
  })
  async completeActivity(
    @By() by: Actor,
    @Args('id', { ...theId }) id: Id,
    @Args('outcome', { ...optionalText('What came of it.') }) outcome: string | null,
    @Args('next', { type: () => NextStepInput, nullable: true, description: 'What comes next.' })
    next: NextStepInput | null,
    @Args('expectedVersion', { ...expected }) expectedVersion: number | null,
    @Args('occurredAt', { ...occurred }) occurredAt: Date | null,
  ): Promise<ActivityType> {
    return showActivity(await this.service.complete(by, id, outcome, next, { expectedVersion, occurredAt }));
  }

  @Can('update', 'activity')
  @Mutation(() => ActivityType, { description: 'Sets another time. Reminder and overdue will be announced anew.' })
  async rescheduleActivity(
    @By() by: Actor,
    @Args('id', { ...theId }) id: Id,
    @Args('dueAt', { type: () => DateTime, description: 'When it is due now.' }) dueAt: Date,
    @Args('remindAt', {
      type: () => DateTime,
      nullable: true,
      description: 'When to remind of it. Left out, the reminder keeps its distance; null takes it away.',
    })
    remindAt: Date | null | undefined,
    @Args('expectedVersion', { ...expected }) expectedVersion: number | null,
    @Args('occurredAt', { ...occurred }) occurredAt: Date | null,
  ): Promise<ActivityType> {
    return showActivity(await this.service.reschedule(by, id, dueAt, remindAt, { expectedVersion, occurredAt }));
  }

  @Can('update', 'activity')
  @Mutation(() => ActivityType, { description: 'It will not be done.' })
  async cancelActivity(
    @By() by: Actor,
    @Args('id', { ...theId }) id: Id,
    @Args('reason', { ...optionalText('Why not.') }) reason: string | null,
    @Args('expectedVersion', { ...expected }) expectedVersion: number | null,
    @Args('occurredAt', { ...occurred }) occurredAt: Date | null,
  ): Promise<ActivityType> {
    return showActivity(await this.service.cancel(by, id, reason, { expectedVersion, occurredAt }));
  }

  @Can('import', 'activity')
  @Mutation(() => [ImportResult], { description: 'Brings activities from elsewhere, planned or done; 500 at most.' })
  importActivities(
    @By() by: Actor,
    @Args('rows', { type: () => [ImportActivityInput], description: 'The activities.' }) rows: ImportActivityInput[],
  ): Promise<ImportOutcome[]> {
    return this.service.import(by, rows);
  }

  @ResolveReference()
  referred(referred: readonly Referred[], ctx: RequestContext): Promise<(ActivityType | null)[]> {
    return showReferred(ctx, referred, (by, ids) => this.service.byIds(by, ids), showActivity);
  }

  @ResolveField(() => ActivityType, { nullable: true, description: 'What was planned when this was completed.' })
  async next({ nextId }: ActivityType, _: object, ctx: RequestContext): Promise<ActivityType | null> {
    return nextId ? this.load(ctx, nextId) : null;
  }

  private async load(ctx: RequestContext, id: Id): Promise<ActivityType | null> {
    const loader = loaderOf(ctx, 'activity', (by, ids) => this.service.byIds(by, ids));
    const activity = await loader.load(id);
    return activity && showActivity(activity);
  }
}
