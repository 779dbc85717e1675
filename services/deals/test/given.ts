import { Deal, type DealContent } from '../src/deal/deal.js';
import { Pipeline } from '../src/pipeline/pipeline.js';

export const MARCH = new Date('2026-03-02T09:00:00.000Z');
export const after = (days: number) => new Date(MARCH.getTime() + days * 86_400_000);

/** Readable ids: `id(7)` ends in 7. */
export const id = (n: number) => `01920000-0000-7000-8000-${String(n).padStart(12, '0')}`;
export const ANNA = { id: id(1), teamId: id(2) };

/** A pipeline of three stages with the ids 11, 12 and 13. */
export function aPipeline(pipelineId = id(10), stages = [11, 12, 13]): Pipeline {
  const plan = {
    name: 'Sales',
    isDefault: false,
    stages: stages.map((n) => ({ id: id(n), name: `Stage ${n}`, probability: n })),
  };
  return Pipeline.setUp(pipelineId, plan, ANNA.id, MARCH)[0]?.record as Pipeline;
}

export const content = (about: Partial<DealContent> = {}): DealContent => ({
  title: 'Ten licences',
  amount: { amount: 105_400, currency: 'USD' },
  lines: [],
  owner: ANNA,
  companyId: null,
  contactId: null,
  leadId: null,
  source: null,
  expectedCloseOn: null,
  ...about,
});

/** A deal in the first stage, opened in March. */
export function aDeal(pipeline = aPipeline(), about: Partial<DealContent> = {}): Deal {
  const [event] = Deal.open(id(20), content(about), { pipeline, stageId: null }, ANNA.id, MARCH);
  return event?.record as Deal;
}
