import { DomainError, lostReasons, prose, text, type Id } from '@voronka/contracts';
import { check, day, happened, id, instant, money, optional } from '@voronka/service-kit';
import { z } from 'zod';
import type { HistoryStep } from './deal-history.js';

const line = z.object({
  productId: id,
  quantity: z
    .number()
    .int()
    .positive('A quantity is a whole number of thousandths, from 1: 1000 is one.')
    .nullish()
    .transform((quantity) => quantity ?? 1_000),
  price: optional(money),
});
const lines = z
  .array(line)
  .max(200, 'A deal has at most 200 lines. Split it.')
  .nullish()
  .transform((given) => given ?? []);

/** What may be changed of a deal. */
export const content = z.object({
  title: text(200),
  amount: optional(money),
  lines,
  ownerId: id,
  companyId: optional(id),
  contactId: optional(id),
  leadId: optional(id),
  source: optional(text(100)),
  expectedCloseOn: optional(day),
});
export type Line = z.output<typeof line>;

export const opened = content.extend({ ownerId: optional(id), pipelineId: optional(id), stageId: optional(id) });

const step = z.object({
  at: instant,
  stageId: optional(id),
  won: z.boolean().nullish(),
  lost: z.enum(lostReasons).nullish(),
  note: optional(prose(2_000)),
});
export const imported = opened.extend({
  externalId: text(200),
  createdAt: instant.nullish(),
  history: z
    .array(step)
    .max(200, 'A history has at most 200 steps.')
    .nullish()
    .transform((given) => given ?? []),
});

/** Steps as the rules want them; refuses one that says not exactly one thing, and what lies in the future. */
export function historyOf(steps: readonly z.output<typeof step>[], now: Date): HistoryStep[] {
  return steps.map(({ at: said, stageId, won, lost, note }, i): HistoryStep => {
    const at = happened(said, now, `input.history.${i}.at`);
    if ([stageId, won, lost].filter(Boolean).length !== 1)
      throw new DomainError(
        'INVALID_VALUE',
        'A step says one thing: the stage the deal came to, that it was won, or why it was lost.',
        `input.history.${i}`,
      );
    return stageId ? { at, stageId } : lost ? { at, lost, note } : { at, won: true };
  });
}

/** The stages a history names, each with the path of where. */
export const stagesOf = (steps: readonly HistoryStep[]): { stageId: Id; field: string }[] =>
  steps.flatMap((s, i) => ('stageId' in s ? [{ stageId: s.stageId, field: `input.history.${i}.stageId` }] : []));

export const loss = (reason: unknown, note: unknown) => ({
  reason: check(z.enum(lostReasons), reason, 'reason'),
  note: check(optional(prose(2_000)), note, 'note'),
});
