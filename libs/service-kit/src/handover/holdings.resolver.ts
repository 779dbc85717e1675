import type { Type } from '@nestjs/common';
import { Directive, Field, ID, Int, ObjectType, ResolveField, Resolver } from '@nestjs/graphql';
import type { Id, Money } from '@voronka/contracts';
import { requireRight } from '../access/guard.js';
import { Directory } from '../directory/directory.js';
import { askerOf, type RequestContext } from '../graphql/context.js';
import { MoneyType } from '../graphql/types.js';
import { Holdings, type Owned } from './holdings.js';

@ObjectType({ description: 'Records that somebody owns, of one noun and status.' })
@Directive('@shareable')
export class OwnedRecords implements Owned {
  @Field(() => String, { description: 'What they are: `lead`, `company`, `contact`, `deal` or `activity`.' })
  noun: string;
  @Field(() => String, { nullable: true, description: 'Their status; null where the noun has none.' })
  status: string | null;
  @Field(() => Int, { description: 'How many.' }) count: number;
  @Field(() => [MoneyType], { description: 'What they are worth together, in each currency.' }) value: Money[];
}

@ObjectType('Holdings', { description: 'All that names a person.' })
@Directive('@key(fields: "id")')
export class HoldingsType {
  @Field(() => ID, { description: 'The person.' }) id: Id;
}

const resolvers = new Map<string, Type>();

/** Adds to what somebody holds the records that he owns in this service, under the service's name. */
export function holdingsResolver(service: string): Type {
  // The same one where a service starts twice in a process: what GraphQL is told of a class is global.
  const known = resolvers.get(service) ?? resolverOf(service);
  resolvers.set(service, known);
  return known;
}

function resolverOf(service: string): Type {
  @Resolver(() => HoldingsType)
  class HoldingsResolver {
    constructor(
      private readonly holdings: Holdings,
      private readonly directory: Directory,
    ) {}

    @ResolveField(service, () => [OwnedRecords], { description: `What he owns in ${service}, by noun and status.` })
    async owned({ id }: { id: Id }, _: object, ctx: RequestContext): Promise<OwnedRecords[]> {
      await ctx.user();
      await requireRight(this.directory, askerOf(ctx), { entity: 'user', action: 'offboard' });
      return this.holdings.of(id);
    }
  }
  return HoldingsResolver;
}
