import {
  Args,
  Context,
  ID,
  Int,
  Mutation,
  Parent,
  Query,
  ResolveField,
  Resolver,
  ResolveReference,
} from '@nestjs/graphql';
import type { Actor, Id } from '@voronka/contracts';
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
import {
  CompanyConnection,
  companyList,
  CompanyType,
  CreateCompanyInput,
  ImportCompanyInput,
  showCompany,
  UpdateCompanyInput,
} from './company.graphql.js';
import { CompanyService } from './company.service.js';
import { Company } from './company.js';

@Resolver(() => CompanyType)
export class CompanyResolver {
  constructor(
    private readonly service: CompanyService,
    private readonly sharing: Sharing,
  ) {}

  @Can('read', 'company')
  @Query(() => CompanyType, { nullable: true, description: 'One company; null where there is none with this id.' })
  async company(
    @By() by: Actor,
    @Args('id', { type: () => ID, description: 'The company.' }) id: Id,
    @Wanted(Company) wanted: WantedProperties,
  ): Promise<CompanyType | null> {
    const company = await this.service.find(by, id, wanted);
    return company && showCompany(company);
  }

  @Can('read', 'company')
  @Query(() => CompanyConnection, { description: 'Companies, newest first where no order is given.' })
  async companies(
    @By() by: Actor,
    @Args({ type: () => companyList.Args }) args: ListArgs,
    @Wanted(Company) wanted: WantedProperties,
  ): Promise<Connection<CompanyType>> {
    return connection(await this.service.list(by, args, wanted), showCompany);
  }

  @Can('create', 'company')
  @Mutation(() => CompanyType, { description: 'Enters a company.' })
  async createCompany(
    @By() by: Actor,
    @Args('input', { type: () => CreateCompanyInput, description: 'What is known.' }) input: CreateCompanyInput,
    @Args('occurredAt', { type: () => DateTime, nullable: true, description: 'When it joined, if not now.' })
    occurredAt?: Date | null,
  ): Promise<CompanyType> {
    return showCompany(await this.service.create(by, input, occurredAt));
  }

  @Can('update', 'company')
  @Mutation(() => CompanyType, { description: 'Changes what is known of a company, its parent or its owner.' })
  async updateCompany(
    @By() by: Actor,
    @Args() verb: Verb,
    @Args('input', { type: () => UpdateCompanyInput, description: 'What to change.' }) input: UpdateCompanyInput,
  ): Promise<CompanyType> {
    return showCompany(await this.service.update(by, verb, input));
  }

  @Can('share', 'company')
  @Mutation(() => CompanyType, {
    description: 'Lets a person or a team see a company that is not theirs, or work it; or takes that back.',
  })
  async shareCompany(
    @By() by: Actor,
    @Args() verb: Verb,
    @Args('input', { description: 'With whom, and what for.' }) input: ShareInput,
  ): Promise<CompanyType> {
    return showCompany(await this.sharing.share(by, Company, verb, input));
  }

  @Can('import', 'company')
  @Mutation(() => [ImportResult], {
    description: 'Brings companies from another system, 500 at most, answered row by row. Bring parents first.',
  })
  importCompanies(
    @By() by: Actor,
    @Args('rows', { type: () => [ImportCompanyInput], description: 'The companies.' }) rows: ImportCompanyInput[],
  ): Promise<ImportOutcome[]> {
    return this.service.import(by, rows);
  }

  @ResolveField(() => CompanyType, { nullable: true, description: 'The company it belongs to.' })
  async parent({ parentId }: CompanyType, _: object, ctx: RequestContext): Promise<CompanyType | null> {
    return parentId ? companyLoader(ctx, this.service).load(parentId) : null;
  }

  @Reads('id')
  @ResolveField(() => [CompanyType], { description: 'The companies that belong to it, newest first.' })
  async children(
    @Parent() { id }: CompanyType,
    @Args('first', { type: () => Int, defaultValue: 20, description: 'How many at most, up to 200.' }) first: number,
    @Context() ctx: RequestContext,
  ): Promise<CompanyType[]> {
    const loader = loaderOf(ctx, `children:${first}`, (by, ids) => this.service.children(by, ids, first));
    return ((await loader.load(id)) ?? []).map(showCompany);
  }

  @ResolveReference()
  referred(
    referred: readonly Referred[],
    ctx: RequestContext,
    asked: GraphQLResolveInfo,
  ): Promise<(CompanyType | null)[]> {
    const wanted = wantedOf(Company, asked);
    return showReferred(ctx, referred, (by, ids) => this.service.byIds(by, ids, wanted), showCompany);
  }
}

/** The companies that one request asks for, as the API shows them, by one statement. */
export const companyLoader = (ctx: RequestContext, service: CompanyService) =>
  loaderOf(ctx, 'company', async (by, ids) => (await service.byIds(by, ids)).map((c) => c && showCompany(c)));
