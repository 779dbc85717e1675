import { Field, ID, InputType } from '@nestjs/graphql';
import { activityKinds, prose, text, type ActivityKind, type Id, type SubjectKind } from '@voronka/contracts';
import { DateTime, id, instant, optional } from '@voronka/service-kit';
import { z } from 'zod';
import type { About } from './activity.js';
import { ActivityKindEnum } from './activity.graphql.js';

@InputType({ description: 'What an activity is about: one of these.' })
export class AboutInput {
  @Field(() => ID, { nullable: true, description: 'A lead.' }) leadId?: Id | null;
  @Field(() => ID, { nullable: true, description: 'A deal.' }) dealId?: Id | null;
  @Field(() => ID, { nullable: true, description: 'A company.' }) companyId?: Id | null;
  @Field(() => ID, { nullable: true, description: 'A contact.' }) contactId?: Id | null;
}

@InputType({ description: 'A step to come.' })
export class NextStepInput {
  @Field(() => ActivityKindEnum, { description: 'What is to be done.' }) kind: ActivityKind;
  @Field(() => String, { description: 'What it is, in at most 300 characters.' }) subject: string;
  @Field(() => String, { nullable: true, description: 'What to know for it.' }) note?: string | null;
  @Field(() => DateTime, { description: 'When it is due.' }) dueAt: Date;
  @Field(() => DateTime, { nullable: true, description: 'When to remind of it; not after it is due.' })
  remindAt?: Date | null;
  @Field(() => ID, { nullable: true, description: 'Who shall do it; you, where nobody is named.' }) ownerId?: Id | null;
}

@InputType({ description: 'A task, call or meeting to plan.' })
export class PlanActivityInput extends NextStepInput {
  @Field(() => ID, { nullable: true, description: 'An id of your choice (UUIDv7), so that a repeat is harmless.' })
  id?: Id | null;
  @Field(() => AboutInput, { nullable: true, description: 'What it is about, if it is about a customer.' })
  about?: AboutInput | null;
}

@InputType({ description: 'What to put otherwise; what is left out stays.' })
export class UpdateActivityInput {
  @Field(() => ActivityKindEnum, { nullable: true, description: 'What is to be done.' }) kind?: ActivityKind;
  @Field(() => String, { nullable: true, description: 'What it is, in at most 300 characters.' }) subject?: string;
  @Field(() => String, { nullable: true, description: 'What to know for it; null takes it away.' })
  note?: string | null;
  @Field(() => ID, { nullable: true, description: 'Who shall do it.' }) ownerId?: Id;
  @Field(() => AboutInput, { nullable: true, description: 'What it is about; null where it is about no customer.' })
  about?: AboutInput | null;
}

@InputType({ description: 'An activity from elsewhere.' })
export class ImportActivityInput extends NextStepInput {
  @Field(() => String, { description: 'Its name elsewhere; by it a second import is harmless.' }) externalId: string;
  @Field(() => AboutInput, { nullable: true, description: 'What it is about, if it is about a customer.' })
  about?: AboutInput | null;
  @Field(() => DateTime, { nullable: true, description: 'When it was planned; when it was done, or now, if empty.' })
  createdAt?: Date | null;
  @Field(() => DateTime, { nullable: true, description: 'When it was done; it is still planned where this is empty.' })
  completedAt?: Date | null;
  @Field(() => String, { nullable: true, description: 'What came of it, if it was done.' }) outcome?: string | null;
}

const aboutKinds: Record<keyof AboutInput, SubjectKind> = {
  leadId: 'lead',
  dealId: 'deal',
  companyId: 'company',
  contactId: 'contact',
};
export const aboutField = ({ kind }: About): string => `about.${kind}Id`;

const about = optional(
  z
    .object({ leadId: optional(id), dealId: optional(id), companyId: optional(id), contactId: optional(id) })
    .transform((given) =>
      Object.entries(aboutKinds).flatMap(([key, kind]): About[] => {
        const named = given[key as keyof AboutInput];
        return named ? [{ kind, id: named }] : [];
      }),
    )
    .refine((all) => all.length <= 1, {
      error: 'An activity is about one thing. Name a lead, a deal, a company or a contact.',
      params: { code: 'INVALID_VALUE' },
    })
    .transform(([first]) => first ?? null),
);

const reminderInTime = {
  error: 'A reminder comes before the activity is due. Choose an earlier time.',
  path: ['remindAt'],
  params: { code: 'INVALID_DATE' },
};
const inTime = ({ dueAt, remindAt }: { dueAt: Date; remindAt?: Date | null | undefined }) =>
  !remindAt || remindAt <= dueAt;

const step = {
  kind: z.enum(activityKinds),
  subject: text(300),
  note: optional(prose(10_000)),
  dueAt: instant,
  remindAt: optional(instant),
  ownerId: optional(id),
};
const planned = { ...step, about };

/** What is accepted; see `check`. */
export const accepted = {
  step: z.object(step).refine(inTime, reminderInTime),
  plan: z.object(planned).refine(inTime, reminderInTime),
  /** Only what is given. */
  patch: z
    .object({ kind: step.kind, subject: step.subject, note: prose(10_000).nullable(), ownerId: id, about })
    .partial(),
  import: z
    .object({
      ...planned,
      externalId: text(200),
      createdAt: optional(instant),
      completedAt: optional(instant),
      outcome: optional(prose(10_000)),
    })
    .refine(inTime, reminderInTime)
    .refine(({ createdAt, completedAt }) => !createdAt || !completedAt || completedAt >= createdAt, {
      error: 'It cannot have been done before it was planned. Correct one of the two times.',
      path: ['completedAt'],
      params: { code: 'INVALID_DATE' },
    }),
  times: z.object({ dueAt: instant, remindAt: instant.nullish() }).refine(inTime, reminderInTime),
  outcome: optional(prose(10_000)),
};
export type Step = z.output<typeof accepted.step>;
