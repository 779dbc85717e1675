import {
  Args,
  ArgsType,
  Context,
  Field,
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
import { CompanyType } from '../company/company.graphql.js';
import { companyLoader } from '../company/company.resolver.js';
import { CompanyService } from '../company/company.service.js';
import {
  ContactCompanyType,
  ContactConnection,
  contactList,
  ContactType,
  CreateContactInput,
  ImportContactInput,
  showContact,
  UpdateContactInput,
} from './contact.graphql.js';
import { ContactService, type Link } from './contact.service.js';
import { Contact } from './contact.js';

@ArgsType()
class LinkArgs implements Link {
  @Field(() => ID, { description: 'The contact.' }) contactId: Id;
  @Field(() => ID, { description: 'The company.' }) companyId: Id;
  @Field(() => Int, {
    nullable: true,
    description: 'The version of the contact you saw; refused with CONFLICT when it has moved on since.',
  })
  expectedVersion?: number | null;
  @Field(() => DateTime, { nullable: true, description: 'When it happened in the business, if not now.' })
  occurredAt?: Date | null;
}

@Resolver(() => ContactType)
export class ContactResolver {
  constructor(
    private readonly service: ContactService,
    private readonly sharing: Sharing,
  ) {}

  @Can('read', 'contact')
  @Query(() => ContactType, { nullable: true, description: 'One contact; null where there is none with this id.' })
  async contact(
    @By() by: Actor,
    @Args('id', { type: () => ID, description: 'The contact.' }) id: Id,
    @Wanted(Contact) wanted: WantedProperties,
  ): Promise<ContactType | null> {
    const contact = await this.service.find(by, id, wanted);
    return contact && showContact(contact);
  }

  @Can('read', 'contact')
  @Query(() => ContactConnection, { description: 'Contacts, newest first where no order is given.' })
  async contacts(
    @By() by: Actor,
    @Args({ type: () => contactList.Args }) args: ListArgs,
    @Wanted(Contact) wanted: WantedProperties,
  ): Promise<Connection<ContactType>> {
    return connection(await this.service.list(by, args, wanted), showContact);
  }

  @Can('create', 'contact')
  @Mutation(() => ContactType, { description: 'Enters a contact.' })
  async createContact(
    @By() by: Actor,
    @Args('input', { type: () => CreateContactInput, description: 'What is known.' }) input: CreateContactInput,
    @Args('occurredAt', { type: () => DateTime, nullable: true, description: 'When the person joined, if not now.' })
    occurredAt?: Date | null,
  ): Promise<ContactType> {
    return showContact(await this.service.create(by, input, occurredAt));
  }

  @Can('update', 'contact')
  @Mutation(() => ContactType, { description: 'Changes what is known of a contact, or its owner.' })
  async updateContact(
    @By() by: Actor,
    @Args() verb: Verb,
    @Args('input', { type: () => UpdateContactInput, description: 'What to change.' }) input: UpdateContactInput,
  ): Promise<ContactType> {
    return showContact(await this.service.update(by, verb, input));
  }

  @Can('update', 'contact')
  @Mutation(() => ContactType, { description: 'States that a contact belongs to a company.' })
  async linkContact(
    @By() by: Actor,
    @Args() link: LinkArgs,
    @Args('role', { type: () => String, nullable: true, description: 'As what: buyer, director.' })
    role?: string | null,
    @Args('primary', {
      type: () => Boolean,
      nullable: true,
      description: 'Whether it is the first of the companies; so it is with the first one, if left out.',
    })
    primary?: boolean | null,
  ): Promise<ContactType> {
    return showContact(await this.service.link(by, link, { role, primary }));
  }

  @Can('update', 'contact')
  @Mutation(() => ContactType, { description: 'States that a contact no longer belongs to a company.' })
  async unlinkContact(@By() by: Actor, @Args() link: LinkArgs): Promise<ContactType> {
    return showContact(await this.service.unlink(by, link));
  }

  @Can('share', 'contact')
  @Mutation(() => ContactType, {
    description: 'Lets a person or a team see a contact that is not theirs, or work it; or takes that back.',
  })
  async shareContact(
    @By() by: Actor,
    @Args() verb: Verb,
    @Args('input', { description: 'With whom, and what for.' }) input: ShareInput,
  ): Promise<ContactType> {
    return showContact(await this.sharing.share(by, Contact, verb, input));
  }

  @Can('import', 'contact')
  @Mutation(() => [ImportResult], {
    description: 'Brings contacts from another system, 500 at most, answered row by row.',
  })
  importContacts(
    @By() by: Actor,
    @Args('rows', { type: () => [ImportContactInput], description: 'The contacts.' }) rows: ImportContactInput[],
  ): Promise<ImportOutcome[]> {
    return this.service.import(by, rows);
  }

  @ResolveReference()
  referred(
    referred: readonly Referred[],
    ctx: RequestContext,
    asked: GraphQLResolveInfo,
  ): Promise<(ContactType | null)[]> {
    const wanted = wantedOf(Contact, asked);
    return showReferred(ctx, referred, (by, ids) => this.service.byIds(by, ids, wanted), showContact);
  }
}

/** The company of a link. */
@Resolver(() => ContactCompanyType)
export class ContactCompanyResolver {
  constructor(private readonly companies: CompanyService) {}

  @ResolveField(() => CompanyType, { nullable: true, description: 'The company.' })
  company({ companyId }: ContactCompanyType, _: object, ctx: RequestContext): Promise<CompanyType | null> {
    return companyLoader(ctx, this.companies).load(companyId);
  }
}

/** What contacts add to a company. */
@Resolver(() => CompanyType)
export class CompanyContactsResolver {
  constructor(private readonly service: ContactService) {}

  @ResolveField(() => [ContactType], { description: 'The people who belong to it, newest first.' })
  async contacts(
    @Parent() { id }: CompanyType,
    @Args('first', { type: () => Int, defaultValue: 20, description: 'How many at most, up to 200.' }) first: number,
    @Context() ctx: RequestContext,
  ): Promise<ContactType[]> {
    const loader = loaderOf(ctx, `contacts:${first}`, (by, ids) => this.service.ofCompanies(by, ids, first));
    return ((await loader.load(id)) ?? []).map(showContact);
  }
}
