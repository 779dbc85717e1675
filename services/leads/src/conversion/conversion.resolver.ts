import { Args, ID, Mutation, Query, ResolveField, Resolver, ResolveReference } from '@nestjs/graphql';
import type { Actor, Id } from '@voronka/contracts';
import { By, Can, loaderOf, Verb, type RequestContext, showReferred, type Referred } from '@voronka/service-kit';
import { LeadType } from '../lead/lead.graphql.js';
import { leadLoader } from '../lead/lead.resolver.js';
import { LeadService } from '../lead/lead.service.js';
import { ConversionType, ConvertLeadInput, showConversion } from './conversion.graphql.js';
import { ConversionService } from './conversion.service.js';

@Resolver(() => ConversionType)
export class ConversionResolver {
  constructor(
    private readonly service: ConversionService,
    private readonly leads: LeadService,
  ) {}

  @Can('read', 'lead')
  @Query(() => ConversionType, {
    nullable: true,
    description: 'One conversion; null where there is none with this id.',
  })
  async conversion(
    @By() by: Actor,
    @Args('id', { type: () => ID, description: 'The conversion.' }) id: Id,
  ): Promise<ConversionType | null> {
    const conversion = await this.service.find(by, id);
    return conversion && showConversion(conversion);
  }

  @Can('convert', 'lead')
  @Mutation(() => ConversionType, {
    description: 'Makes an open lead a company, a contact and a deal. Asked twice, it answers the same conversion.',
  })
  async convertLead(
    @By() by: Actor,
    @Args() verb: Verb,
    @Args('input', {
      type: () => ConvertLeadInput,
      nullable: true,
      description: 'What it becomes; as usual, if left out.',
    })
    input?: ConvertLeadInput | null,
  ): Promise<ConversionType> {
    return showConversion(await this.service.convert(by, verb, input ?? {}));
  }

  @Can('convert', 'lead')
  @Mutation(() => ConversionType, {
    description: 'Takes a conversion back that is under way; the lead is what it was.',
  })
  async cancelConversion(@By() by: Actor, @Args() verb: Verb): Promise<ConversionType> {
    return showConversion(await this.service.cancel(by, verb));
  }

  @ResolveField(() => LeadType, { nullable: true, description: 'The lead.' })
  lead({ leadId }: ConversionType, _: object, ctx: RequestContext): Promise<LeadType | null> {
    return leadLoader(ctx, this.leads).load(leadId);
  }

  @ResolveReference()
  referred(referred: readonly Referred[], ctx: RequestContext): Promise<(ConversionType | null)[]> {
    return showReferred(ctx, referred, (by, ids) => this.service.byIds(by, ids), showConversion);
  }
}

/** What conversion adds to a lead. */
@Resolver(() => LeadType)
export class LeadConversionResolver {
  constructor(private readonly service: ConversionService) {}

  @ResolveField(() => ConversionType, { nullable: true, description: 'Its latest conversion, if there was any.' })
  async conversion({ conversionId }: LeadType, _: object, ctx: RequestContext): Promise<ConversionType | null> {
    return conversionId ? conversionLoader(ctx, this.service).load(conversionId) : null;
  }
}

const conversionLoader = (ctx: RequestContext, service: ConversionService) =>
  loaderOf(ctx, 'conversion', async (by, ids) => (await service.byIds(by, ids)).map((c) => c && showConversion(c)));
