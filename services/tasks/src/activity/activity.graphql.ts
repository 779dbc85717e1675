import { Directive, Field, ID, ObjectType, registerEnumType } from '@nestjs/graphql';
import {
  activityKinds,
  activityStatuses,
  type ActivityKind,
  type ActivityStatus,
  type Id,
  type SubjectKind,
} from '@voronka/contracts';
import {
  connectionOf,
  DateTime,
  enumOf,
  field,
  list,
  RecordFields,
  reference,
  type Reference,
} from '@voronka/service-kit';
import { CompanyRef, ContactRef, DealRef, LeadRef, UserRef } from '../references.graphql.js';
import { Activity } from './activity.js';

export const ActivityKindEnum = enumOf(activityKinds);
registerEnumType(ActivityKindEnum, { name: 'ActivityKind', description: 'What is to be done.' });
export const ActivityStatusEnum = enumOf(activityStatuses);
registerEnumType(ActivityStatusEnum, { name: 'ActivityStatus', description: 'How far an activity has come.' });
export const AboutKindEnum = { LEAD: 'lead', DEAL: 'deal', COMPANY: 'company', CONTACT: 'contact' } as const;
registerEnumType(AboutKindEnum, { name: 'ActivityAboutKind', description: 'What an activity can be about.' });

@ObjectType('Activity', { description: 'A task, call or meeting: what comes next, and afterwards what came of it.' })
@Directive('@key(fields: "id")')
export class ActivityType extends RecordFields {
  @Field(() => ActivityKindEnum, { description: 'What is to be done.' }) kind: ActivityKind;
  @Field(() => ActivityStatusEnum, { description: 'How far it has come.' }) status: ActivityStatus;
  @Field(() => String, { description: 'What it is, in a few words.' }) subject: string;
  @Field(() => String, { nullable: true, description: 'What to know for it.' }) note: string | null;
  @Field(() => DateTime, { description: 'When it is due.' }) dueAt: Date;
  @Field(() => DateTime, { nullable: true, description: 'When to remind of it.' }) remindAt: Date | null;
  @Field(() => Boolean, { description: 'Whether it passed its due time undone, as announced within a second.' })
  overdue: boolean;
  @Field(() => DateTime, { nullable: true, description: 'When it was announced as overdue; null while it is not.' })
  overdueSince: Date | null;
  @Field(() => UserRef, { description: 'Who shall do it.' }) owner: Reference<'User'>;
  @Field(() => AboutKindEnum, { nullable: true, description: 'What kind of thing it is about, if any.' })
  aboutKind: SubjectKind | null;
  @Field(() => ID, { nullable: true, description: 'The id of what it is about.' }) aboutId: Id | null;
  @Field(() => LeadRef, { nullable: true, description: 'The lead it is about.' }) lead: Reference<'Lead'> | null;
  @Field(() => DealRef, { nullable: true, description: 'The deal it is about.' }) deal: Reference<'Deal'> | null;
  @Field(() => CompanyRef, { nullable: true, description: 'The company it is about.' })
  company: Reference<'Company'> | null;
  @Field(() => ContactRef, { nullable: true, description: 'The contact it is about.' })
  contact: Reference<'Contact'> | null;
  @Field(() => String, { nullable: true, description: 'What came of it, or why it was cancelled.' })
  outcome: string | null;
  @Field(() => DateTime, { nullable: true, description: 'When it was done.' }) completedAt: Date | null;
  @Field(() => UserRef, { nullable: true, description: 'Who planned it.' }) createdBy: Reference<'User'> | null;
  nextId: Id | null;
}

export function showActivity(activity: Activity): ActivityType {
  const { aboutKind, aboutId, ownerId, createdBy, overdueSince, ...rest } = activity;
  const about = <Name extends string>(kind: SubjectKind, name: Name) =>
    reference(name, aboutKind === kind ? aboutId : null);
  return {
    ...rest,
    overdue: overdueSince !== null,
    overdueSince,
    owner: { __typename: 'User', id: ownerId },
    createdBy: reference('User', createdBy),
    aboutKind,
    aboutId,
    lead: about('lead', 'Lead'),
    deal: about('deal', 'Deal'),
    company: about('company', 'Company'),
    contact: about('contact', 'Contact'),
  };
}

export const activityList = list(Activity, 'Activity', {
  fields: {
    ownerId: field.id(),
    status: field.enum(ActivityStatusEnum, 'ActivityStatus'),
    kind: field.enum(ActivityKindEnum, 'ActivityKind'),
    aboutKind: field.enum(AboutKindEnum, 'ActivityAboutKind'),
    aboutId: field.id(),
    dueAt: field.instant({ order: true }),
    completedAt: field.instant(),
    overdue: field.boolean({ expression: '(t.overdue_since is not null)' }),
  },
});
export const ActivityConnection = connectionOf(ActivityType, 'Activity');

@ObjectType({ description: 'What somebody has to do, in the order of time.' })
export class Agenda {
  @Field(() => [ActivityType], { description: 'Planned and due in the span.' }) due: ActivityType[];
  @Field(() => [ActivityType], { description: 'Planned, due before the span, and past its time by now.' })
  overdue: ActivityType[];
  @Field(() => Boolean, { description: 'Whether there is more than the 500 shown of either.' }) more: boolean;
}
