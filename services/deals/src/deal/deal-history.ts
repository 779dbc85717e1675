import { DomainError, type Id, type LostReason } from '@voronka/contracts';
import type { DomainEvent } from '@voronka/service-kit/record';
import type { Pipeline } from '../pipeline/pipeline.js';
import type { Deal } from './deal.js';

/** A step of a deal that was led in another system: it came to a stage, was won, or was lost. */
export type HistoryStep = { readonly at: Date } & (
  { readonly stageId: Id } | { readonly won: true } | { readonly lost: LostReason; readonly note: string | null }
);

/** Leads a deal that was just opened through what happened to it, by the same rules as any other. A refusal names its step. */
export function relive(deal: Deal, pipeline: Pipeline, history: readonly HistoryStep[], now: Date): DomainEvent[] {
  return history.flatMap((step, i) => {
    try {
      if ('stageId' in step) return deal.move(pipeline, step.stageId, step.at, now);
      if ('won' in step) return deal.win(step.at, now);
      return deal.lose(step.lost, step.note, step.at, now);
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      const field = error.field === 'stageId' ? 'stageId' : 'at';
      throw new DomainError(error.code, error.message, `input.history.${i}.${field}`, error.hint);
    }
  });
}
