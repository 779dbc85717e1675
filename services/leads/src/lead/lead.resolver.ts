import { Args, ID, Mutation, Query, Resolver, ResolveReference } from '@nestjs/graphql';
import type { Actor, DisqualifyReason, Id } from '@voronka/contracts';
import {
  By,
  Can,
  connection,
  type Connection,
  DateTime,
  type ImportOutcome,
  ImportResult,
  type ListArgs,
  loaderOf,
  type RequestContext,
  ShareInput,
  Sharing,
  Verb,
  showReferred,
  type Referred,
} from '@voronka/service-kit';
import {
  CreateLeadInput,
  DisqualifyReasonEnum,
  ImportLeadInput,
  LeadConnection,
  leadList,
  LeadType,
  showLead,
  UpdateLeadInput,
} from './lead.graphql.js';
import { LeadService } from './lead.service.js';
import { Lead } from './lead.js';

/** The door for people: who may ask, what for, and what the answer shows. */
@Resolver(() => LeadType)
export class LeadResolver {
  constructor(
    private readonly service: LeadService,
    private readonly sharing: Sharing,
  ) {}

  @Can('read', 'lead')
  @Query(() => LeadType, { nullable: true, description: 'One lead; null where there is none with this id.' })
  async lead(
    @By() by: Actor,
    @Args('id', { type: () => ID, description: 'The lead.' }) id: Id,
  ): Promise<LeadType | null> {
    const lead = await this.service.find(by, id);
    return lead && showLead(lead);
  }

  @Can('read', 'lead')
  @Query(() => LeadConnection, { description: 'Leads, newest first where no order is given.' })
  async leads(@By() by: Actor, @Args({ type: () => leadList.Args }) args: ListArgs): Promise<Connection<LeadType>> {
    return connection(await this.service.list(by, args), showLead);
  }

  @Can('create', 'lead')
  @Mutation(() => LeadType, { description: 'Captures a lead.' })
  async createLead(
    @By() by: Actor,
    @Args('input', { type: () => CreateLeadInput, description: 'What is known.' }) input: CreateLeadInput,
    @Args('occurredAt', { type: () => DateTime, nullable: true, description: 'When it came in, if not now.' })
    occurredAt?: Date | null,
  ): Promise<LeadType> {
    return showLead(await this.service.create(by, input, occurredAt));
  }

  @Can('update', 'lead')
  @Mutation(() => LeadType, { description: 'Changes what is known of an open lead.' })
  async updateLead(
    @By() by: Actor,
    @Args() verb: Verb,
    @Args('input', { type: () => UpdateLeadInput, description: 'What to change.' }) input: UpdateLeadInput,
  ): Promise<LeadType> {
    return showLead(await this.service.update(by, verb, input));
  }

  @Can('assign', 'lead')
  @Mutation(() => LeadType, { description: 'Gives an open lead to somebody.' })
  async assignLead(
    @By() by: Actor,
    @Args() verb: Verb,
    @Args('ownerId', { type: () => ID, description: 'Who shall work it.' }) ownerId: Id,
  ): Promise<LeadType> {
    return showLead(await this.service.assign(by, verb, ownerId));
  }

  @Can('update', 'lead')
  @Mutation(() => LeadType, { description: 'Begins to work a new lead.' })
  async startLead(@By() by: Actor, @Args() verb: Verb): Promise<LeadType> {
    return showLead(await this.service.start(by, verb));
  }

  @Can('update', 'lead')
  @Mutation(() => LeadType, { description: 'States that an open lead is worth a deal.' })
  async qualifyLead(@By() by: Actor, @Args() verb: Verb): Promise<LeadType> {
    return showLead(await this.service.qualify(by, verb));
  }

  @Can('update', 'lead')
  @Mutation(() => LeadType, { description: 'Gives an open lead up.' })
  async disqualifyLead(
    @By() by: Actor,
    @Args() verb: Verb,
    @Args('reason', { type: () => DisqualifyReasonEnum, description: 'Why.' }) reason: DisqualifyReason,
    @Args('note', { type: () => String, nullable: true, description: 'More of why, up to 2,000 characters.' })
    note?: string | null,
  ): Promise<LeadType> {
    return showLead(await this.service.disqualify(by, verb, reason, note));
  }

  @Can('update', 'lead')
  @Mutation(() => LeadType, { description: 'Works a lead again that was given up.' })
  async reopenLead(@By() by: Actor, @Args() verb: Verb): Promise<LeadType> {
    return showLead(await this.service.reopen(by, verb));
  }

  @Can('share', 'lead')
  @Mutation(() => LeadType, {
    description: 'Lets a person or a team see a lead that is not theirs, or work it; or takes that back.',
  })
  async shareLead(
    @By() by: Actor,
    @Args() verb: Verb,
    @Args('input', { description: 'With whom, and what for.' }) input: ShareInput,
  ): Promise<LeadType> {
    return showLead(await this.sharing.share(by, Lead, verb, input));
  }

  @Can('import', 'lead')
  @Mutation(() => [ImportResult], {
    description: 'Brings leads from another system, 500 at most, answered row by row.',
  })
  importLeads(
    @By() by: Actor,
    @Args('rows', { type: () => [ImportLeadInput], description: 'The leads.' }) rows: ImportLeadInput[],
  ): Promise<ImportOutcome[]> {
    return this.service.import(by, rows);
  }

  @ResolveReference()
  referred(referred: readonly Referred[], ctx: RequestContext): Promise<(LeadType | null)[]> {
    return showReferred(ctx, referred, (by, ids) => this.service.byIds(by, ids), showLead);
  }
}

/** The leads that one request asks for, as the API shows them, by one statement. */
export const leadLoader = (ctx: RequestContext, service: LeadService) =>
  loaderOf(ctx, 'lead', async (by, ids) => (await service.byIds(by, ids)).map((lead) => lead && showLead(lead)));
