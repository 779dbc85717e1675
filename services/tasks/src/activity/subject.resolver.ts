import type { Type } from '@nestjs/common';
import { Args, Context, Int, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import type { Id, SubjectKind } from '@voronka/contracts';
import { loaderOf, type RequestContext } from '@voronka/service-kit';
import { CompanyRef, ContactRef, DealRef, LeadRef } from '../references.graphql.js';
import { ActivityType, showActivity } from './activity.graphql.js';
import { ActivityService } from './activity.service.js';

/** Adds next step and activities to a noun of another service. */
function subjectResolver(Noun: Type<{ id: Id }>, kind: SubjectKind): Type {
  @Resolver(() => Noun)
  class SubjectResolver {
    constructor(private readonly service: ActivityService) {}

    @ResolveField(() => ActivityType, {
      nullable: true,
      description: 'The planned activity about it that is due first.',
    })
    async nextStep({ id }: { id: Id }, _: object, ctx: RequestContext): Promise<ActivityType | null> {
      const steps = loaderOf(ctx, `next-step:${kind}`, (by, ids) => this.service.nextSteps(by, kind, ids));
      const step = await steps.load(id);
      return step && showActivity(step);
    }

    @ResolveField(() => [ActivityType], { description: 'The activities about it, newest first.' })
    async activities(
      @Parent() { id }: { id: Id },
      @Args('first', { type: () => Int, defaultValue: 20, description: 'How many at most, up to 200.' }) first: number,
      @Context() ctx: RequestContext,
    ): Promise<ActivityType[]> {
      const loader = loaderOf(ctx, `activities:${kind}:${first}`, (by, ids) => this.service.about(by, ids, first));
      return ((await loader.load(id)) ?? []).map(showActivity);
    }
  }
  return SubjectResolver;
}

export const subjectResolvers: Type[] = [
  subjectResolver(LeadRef, 'lead'),
  subjectResolver(DealRef, 'deal'),
  subjectResolver(CompanyRef, 'company'),
  subjectResolver(ContactRef, 'contact'),
];
