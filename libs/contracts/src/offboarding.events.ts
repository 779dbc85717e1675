import { z } from 'zod';
import { noun, type EventDeclaration } from './event.js';
import { Id, Instant } from './values.js';

/** Those who take over: one takes everything, several share evenly, whoever has the least open work first. */
const Successors = z.array(Id).min(1).max(100);

/** Who takes over what somebody owned who leaves: `to` all that no rule names, so that nothing is left without an owner. */
export const HandoverPlan = z.object({
  to: Successors,
  /** Deals, by their pipeline. */
  byPipeline: z.array(z.object({ pipelineId: Id, to: Successors })).max(50),
});
export type HandoverPlan = z.infer<typeof HandoverPlan>;

export const handoverStatuses = ['RUNNING', 'DONE', 'CLOSED', 'UNDOING', 'UNDONE'] as const;
export type HandoverStatus = (typeof handoverStatuses)[number];

/** The services that own what people work, each of which hands over its part. */
export const handoverParts = ['leads', 'accounts', 'deals', 'tasks'] as const;
export type HandoverPart = (typeof handoverParts)[number];

const progress = {
  status: z.enum(handoverStatuses),
  /** How many records he owned when it began. */
  total: z.number().int().nonnegative(),
  handedOver: z.number().int().nonnegative(),
  /** How many were given back to him, where it is undone. */
  givenBack: z.number().int().nonnegative(),
};
const PartProgress = z.object({ part: z.enum(handoverParts), ...progress });
export type PartProgress = z.infer<typeof PartProgress>;

export const OffboardingState = z.object({
  id: Id,
  /** Who leaves. */
  userId: Id,
  status: z.enum(handoverStatuses),
  plan: HandoverPlan,
  startedBy: Id.nullable(),
  startedAt: Instant,
  /** How far the services have come that have been heard of. */
  parts: z.array(PartProgress).max(handoverParts.length),
});
export type OffboardingState = z.infer<typeof OffboardingState>;

const offboarding = noun(
  'offboarding',
  'How somebody leaves: he is locked out at once, and all he owns is handed over by a plan.',
  OffboardingState,
);
export const OffboardingStarted = offboarding.event('started', 'Somebody leaves; each service hands over its part.');
export const OffboardingAdvanced = offboarding.event('advanced', 'A service has told how far it has come.');
export const OffboardingCompleted = offboarding.event('completed', 'Nothing he owned is left to be handed over.');
export const OffboardingClosed = offboarding.event(
  'closed',
  'He is back otherwise than by undoing it: what comes in his name from now on is his.',
);
export const OffboardingUndoing = offboarding.event(
  'undoing',
  'He is back; each service gives back what it handed over.',
);
export const OffboardingUndone = offboarding.event('undone', 'What his successors still had of his is his again.');

/** One service's part of an offboarding, under the offboarding's id. */
export const HandoverState = z.object({ id: Id, userId: Id, ...progress });
export type HandoverState = z.infer<typeof HandoverState>;

/** Which records have whom for their owner now. */
const moved = { records: z.array(z.object({ ownerId: Id, ids: z.array(Id).max(1_000) })).max(1_000) };
export type Moved = z.infer<(typeof moved)['records']>;

/** The events of one service's part, which go by the same words in each. */
export interface HandoverEvents {
  readonly started: EventDeclaration;
  readonly advanced: EventDeclaration;
  readonly completed: EventDeclaration;
  readonly closed: EventDeclaration;
  readonly undoing: EventDeclaration;
  readonly undone: EventDeclaration;
}

const partOf = <const N extends string>(name: N, what: string) => {
  const part = noun(name, `How the ${what} of those who leave are handed over.`, HandoverState);
  return {
    started: part.event('started', `The ${what} he owns have been counted.`),
    advanced: part.event('advanced', `Some of his ${what} have another owner, or are his again.`, moved),
    completed: part.event('completed', `None of the ${what} is his.`),
    closed: part.event('closed', `He is back, and whatever ${what} come in his name are his.`),
    undoing: part.event('undoing', `His ${what} go back to him.`),
    undone: part.event('undone', `The ${what} that his successors still had are his again.`),
  };
};
export const LeadHandover = partOf('lead-handover', 'leads');
export const AccountHandover = partOf('account-handover', 'companies and contacts');
export const DealHandover = partOf('deal-handover', 'deals');
export const ActivityHandover = partOf('activity-handover', 'activities');
