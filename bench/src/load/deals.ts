import { DealCreated, DealLost, DealMoved, DealUpdated, DealWon, type DealState } from '@voronka/contracts';
import type { Life } from './lives.js';
import { owners } from './leads.js';
import { Random } from './random.js';
import * as words from './words.js';

const plan = new Random(11);
const named = () => plan.id(Date.UTC(2026, 0, 5));
const pipelineId = named();
const stages = Array.from({ length: 6 }, named);
const products = Array.from({ length: 20 }, named);

/** A deal's way through its pipeline: five events on average, then it is won or lost. */
export function* deal(random: Random, bornAt: Date): Life {
  const id = random.id(bornAt.getTime());
  let state: DealState = {
    id,
    title: `${words.firm(random)}, forty units`,
    status: 'OPEN',
    pipelineId,
    stageId: stages[0] ?? '',
    stagePosition: 0,
    amount: (1 + random.below(5_000)) * 1000,
    currency: 'EUR',
    lines: [{ productId: random.one(products), quantity: 40_000, price: 25_000 }],
    ownerId: random.one(owners),
    teamId: null,
    companyId: random.id(bornAt.getTime()),
    contactId: random.id(bornAt.getTime()),
    leadId: null,
    source: random.one(words.sources),
    expectedCloseOn: '2026-09-30',
    lostReason: null,
    openedAt: bornAt.toISOString(),
    closedAt: null,
  };
  let version = 1;
  const event = (declaration: typeof DealUpdated, changes: Partial<DealState>, facts: object = {}) => {
    const told = Object.entries(changes).map(([name, to]) => [name, { from: state[name as keyof DealState], to }]);
    state = { ...state, ...changes };
    version += 1;
    const data = { deal: state, changes: Object.fromEntries(told) as object, ...facts };
    return { declaration, recordId: id, version, actor: state.ownerId, data };
  };
  yield { declaration: DealCreated, recordId: id, version, actor: state.ownerId, data: { deal: state } };
  for (let position = 1 + random.below(2); position < stages.length; position += 1 + random.below(3)) {
    const [fromStageId, toStageId = ''] = [state.stageId, stages[position]];
    yield event(DealMoved, { stageId: toStageId, stagePosition: position }, { fromStageId, toStageId });
    if (random.below(3) === 0) yield event(DealUpdated, { amount: (1 + random.below(5_000)) * 1000 });
  }
  const closedAt = new Date(bornAt.getTime() + 86_400_000).toISOString();
  if (random.below(2) === 0) yield event(DealWon, { status: 'WON', closedAt });
  else
    yield event(
      DealLost,
      { status: 'LOST', closedAt, lostReason: random.one(['PRICE', 'COMPETITOR']) },
      { note: null },
    );
}
