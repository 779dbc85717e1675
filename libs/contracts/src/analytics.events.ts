import { z } from 'zod';
import { noun } from './event.js';
import { CurrencyCode, Id, Instant, MinorUnits } from './values.js';

/** One stay of a deal in a stage. `left` is null while it is there; a closed deal leaves its stage when it closes. */
export const DealStageFact = z.object({
  dealId: Id,
  pipelineId: Id,
  stageId: Id,
  ownerId: Id,
  teamId: Id.nullable(),
  source: z.string().max(100).nullable(),
  amount: MinorUnits.nullable(),
  currency: CurrencyCode.nullable(),
  enteredAt: Instant,
  leftAt: Instant.nullable(),
});
export type DealStageFact = z.infer<typeof DealStageFact>;

const dealStage = noun(
  'deal-stage',
  'Facts for BI: each time a deal enters or leaves a stage. Keyed by deal.',
  DealStageFact,
  { kind: 'facts' },
);
export const DealStageEntered = dealStage.event('entered', 'The deal came to the stage.');
export const DealStageLeft = dealStage.event('left', 'The deal left the stage: moved on, moved back, won or lost.', {
  how: z.enum(['MOVED', 'WON', 'LOST', 'WITHDRAWN']),
});
