import { Directive, Field, ID, InputType, ObjectType } from '@nestjs/graphql';
import { lineAmount, type DealStatus, type LostReason } from '@voronka/contracts';
import {
  CalendarDay,
  connectionOf,
  DateTime,
  MoneyInput,
  moneyOf,
  MoneyType,
  reference,
  type Reference,
  SafeInt,
  SharedFields,
  sharesOf,
} from '@voronka/service-kit';
import { CompanyRef, ContactRef, LeadRef, TeamRef, UserRef } from '../references.graphql.js';
import { DealStatusEnum, LostReasonEnum } from './deal.list.js';
import type { Deal } from './deal.js';

@ObjectType('DealLine', { description: 'So much of a product at a price.' })
export class DealLineType {
  /** Its product is resolved by the loader. */
  productId: string;
  @Field(() => SafeInt, { description: 'How much, in thousandths: 1000 is one, 500 half an hour.' }) quantity: number;
  @Field(() => MoneyType, { description: 'The price of one in this deal.' }) price: MoneyType;
  @Field(() => MoneyType, { description: 'Quantity times price, rounded half up to minor units.' }) amount: MoneyType;
}

@ObjectType('Deal', { description: 'A sale in the making, on its way through a pipeline.' })
@Directive('@key(fields: "id")')
export class DealType extends SharedFields {
  /** Pipeline and stage are resolved by the loader. */
  pipelineId: string;
  stageId: string;
  @Field(() => String, { description: 'What it is about.' }) title: string;
  @Field(() => DealStatusEnum, { description: 'Whether it is worked, won or lost.' }) status: DealStatus;
  @Field(() => MoneyType, { nullable: true, description: 'What it is worth; the sum of its lines where it has any.' })
  amount: MoneyType | null;
  @Field(() => [DealLineType], { description: 'What is sold.' }) lines: DealLineType[];
  @Field(() => UserRef, { description: 'Who works it.' }) owner: Reference<'User'>;
  @Field(() => TeamRef, { nullable: true, description: 'The team the owner was in when the deal came to him.' })
  team: Reference<'Team'> | null;
  @Field(() => CompanyRef, { nullable: true, description: 'The company that buys.' })
  company: Reference<'Company'> | null;
  @Field(() => ContactRef, { nullable: true, description: 'The person one talks to.' })
  contact: Reference<'Contact'> | null;
  @Field(() => LeadRef, { nullable: true, description: 'The lead it came from.' }) lead: Reference<'Lead'> | null;
  @Field(() => String, { nullable: true, description: "Where it came from, in the organisation's own words." })
  source: string | null;
  @Field(() => CalendarDay, { nullable: true, description: 'When the customer is expected to decide.' })
  expectedCloseOn: string | null;
  @Field(() => LostReasonEnum, { nullable: true, description: 'Why it was lost; null unless it is.' })
  lostReason: LostReason | null;
  @Field(() => DateTime, { nullable: true, description: 'When it was won or lost; null while it is open.' })
  closedAt: Date | null;
  @Field(() => UserRef, { nullable: true, description: 'Who entered it.' }) createdBy: Reference<'User'> | null;
}

export const DealConnection = connectionOf(DealType, 'Deal');

/**
 * What is dear to make and seldom asked for is made when it is asked for: by the class, because an object with getters of its
 * own has a shape of its own too, which the young generation does not hold.
 */
class DearOfDeal {
  constructor(private readonly deal: Deal) {}

  get sharedWith() {
    return sharesOf(this.deal);
  }
  get lines() {
    const { lines, currency } = this.deal;
    return lines.flatMap((line) => {
      const price = moneyOf(line.price, currency);
      const amount = moneyOf(lineAmount(line), currency);
      return price && amount ? [{ productId: line.productId, quantity: line.quantity, price, amount }] : [];
    });
  }
}

export const showDeal = (deal: Deal): DealType =>
  Object.assign(new DearOfDeal(deal), {
    id: deal.id,
    version: deal.version,
    title: deal.title,
    status: deal.status,
    pipelineId: deal.pipelineId,
    stageId: deal.stageId,
    source: deal.source,
    expectedCloseOn: deal.expectedCloseOn,
    lostReason: deal.lostReason,
    closedAt: deal.closedAt,
    amount: deal.money,
    owner: { __typename: 'User', id: deal.ownerId },
    team: reference('Team', deal.teamId),
    company: reference('Company', deal.companyId),
    contact: reference('Contact', deal.contactId),
    lead: reference('Lead', deal.leadId),
    createdAt: deal.createdAt,
    updatedAt: deal.updatedAt,
    createdBy: reference('User', deal.createdBy),
  } satisfies Omit<DealType, keyof DearOfDeal>);

@InputType({ description: 'So much of a product at a price.' })
export class DealLineInput {
  @Field(() => ID, { description: 'The product.' }) productId: string;
  @Field(() => SafeInt, { nullable: true, description: 'How much, in thousandths; 1000, which is one, if left out.' })
  quantity?: number | null;
  @Field(() => MoneyInput, { nullable: true, description: 'The price of one; the list price if left out.' })
  price?: MoneyInput | null;
}

const AMOUNT = 'What it is worth. With lines it is their sum: leave it out, or give the same.';
const LINES = 'What is sold, up to 200 lines, all in one currency.';
const COMPANY = 'The company that buys.';
const CONTACT = 'The person one talks to.';
const LEAD = 'The lead it came from.';
const SOURCE = "Where it came from, in the organisation's own words, up to 100 characters.";
const EXPECTED = 'When the customer is expected to decide.';

@InputType({ isAbstract: true, description: 'What is said of a new deal.' })
class DealContentInput {
  @Field(() => String, { description: 'What it is about, 1 to 200 characters.' }) title: string;
  @Field(() => ID, { nullable: true, description: 'Its pipeline; the default one if neither it nor a stage is named.' })
  pipelineId?: string | null;
  @Field(() => ID, { nullable: true, description: 'The stage it enters; the first one if left out.' })
  stageId?: string | null;
  @Field(() => MoneyInput, { nullable: true, description: AMOUNT }) amount?: MoneyInput | null;
  @Field(() => [DealLineInput], { nullable: true, description: LINES }) lines?: DealLineInput[] | null;
  @Field(() => ID, { nullable: true, description: 'Who works it; you if left out.' }) ownerId?: string | null;
  @Field(() => ID, { nullable: true, description: COMPANY }) companyId?: string | null;
  @Field(() => ID, { nullable: true, description: CONTACT }) contactId?: string | null;
  @Field(() => ID, { nullable: true, description: LEAD }) leadId?: string | null;
  @Field(() => String, { nullable: true, description: SOURCE }) source?: string | null;
  @Field(() => CalendarDay, { nullable: true, description: EXPECTED }) expectedCloseOn?: string | null;
}

@InputType({ description: 'A deal to open.' })
export class CreateDealInput extends DealContentInput {
  @Field(() => ID, {
    nullable: true,
    description: 'A UUIDv7 of your choice, so that a repetition of the call makes nothing twice.',
  })
  id?: string | null;
}

@InputType({ description: 'What shall change of a deal; what is left out stays, null clears.' })
export class UpdateDealInput {
  @Field(() => String, { nullable: true, description: 'What it is about, 1 to 200 characters.' }) title?: string;
  @Field(() => MoneyInput, { nullable: true, description: AMOUNT }) amount?: MoneyInput | null;
  @Field(() => [DealLineInput], {
    nullable: true,
    description: `${LINES} The whole list: it replaces the present one.`,
  })
  lines?: DealLineInput[] | null;
  @Field(() => ID, { nullable: true, description: 'Who works it from now on.' }) ownerId?: string;
  @Field(() => ID, { nullable: true, description: COMPANY }) companyId?: string | null;
  @Field(() => ID, { nullable: true, description: CONTACT }) contactId?: string | null;
  @Field(() => ID, { nullable: true, description: LEAD }) leadId?: string | null;
  @Field(() => String, { nullable: true, description: SOURCE }) source?: string | null;
  @Field(() => CalendarDay, { nullable: true, description: EXPECTED }) expectedCloseOn?: string | null;
}

@InputType({
  description: 'A step of an imported deal: it came to a stage, was won, or was lost. Say one of the three.',
})
export class DealHistoryInput {
  @Field(() => DateTime, { description: 'When it happened; not before the step before it.' }) at: Date;
  @Field(() => ID, { nullable: true, description: 'The stage it came to.' }) stageId?: string | null;
  @Field(() => Boolean, { nullable: true, description: 'True: it was won.' }) won?: boolean | null;
  @Field(() => LostReasonEnum, { nullable: true, description: 'It was lost, and why.' }) lost?: LostReason | null;
  @Field(() => String, { nullable: true, description: 'More on why it was lost, up to 2,000 characters.' })
  note?: string | null;
}

@InputType({ description: 'A deal of another system, with what happened to it there.' })
export class ImportDealInput extends DealContentInput {
  @Field(() => String, { description: 'Its name in the other system; a deal is imported once per name.' })
  externalId: string;
  @Field(() => DateTime, {
    nullable: true,
    description: 'When it was opened; at its first step if left out, and now if it has none.',
  })
  createdAt?: Date | null;
  @Field(() => [DealHistoryInput], { nullable: true, description: 'What happened since, in order, up to 200 steps.' })
  history?: DealHistoryInput[] | null;
}
