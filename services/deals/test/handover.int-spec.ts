import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DealHandover, type HandoverPlan } from '@voronka/contracts';
import { newId } from '@voronka/service-kit';
import { leavers, type Asker } from '@voronka/testing';
import { createDeal, house, story, WIN, type House } from './house.js';

let h: House;
let [leaver, boris, clara]: Asker[] = [];
const westTeam = newId();
const { offboard, undo, told } = leavers(
  () => h.system,
  () => h.admin,
);

beforeAll(async () => {
  h = await house();
  leaver = await h.system.person({ name: 'Leaver', teamId: h.annasTeam });
  [boris, clara] = [await h.system.person({ teamId: westTeam }), await h.system.person()];
}, 60_000);
afterAll(() => h.system.stop());

const rows = async () => {
  const { rows } = await h.system.service.database.query<{ title: string; owner: string; team: string | null }>({
    text: 'select title, owner_id as owner, team_id as team from deal order by title',
  });
  return rows;
};

describe('the deals of one who leaves', () => {
  it('go by the rule of their pipeline, with the team of who has them now, won ones too', async () => {
    const { createPipeline } = await h.admin.get<{ createPipeline: { id: string } }>(
      `mutation { createPipeline(input: { name: "Renewals", stages: [{ name: "Due", probability: 50 }] }) { id } }`,
    );
    const about = { ownerId: leaver!.id, amount: { amount: 700, currency: 'EUR' } };
    await createDeal(h.admin, { title: 'A renewal', pipelineId: createPipeline.id, ...about });
    const won = await createDeal(h.admin, { title: 'Won', ...about });
    await createDeal(h.admin, { title: 'Open', ...about });
    await h.admin.get(WIN, { id: won.id });
    const held = await h.admin.get(
      `query ($of: [_Any!]!) { _entities(representations: $of) {
        ... on Holdings { deals { noun status count value { amount currency } } } } }`,
      { of: [{ __typename: 'Holdings', id: leaver!.id }] },
    );
    const line = (status: string, count: number) => ({
      ...{ noun: 'deal', status, count, value: [{ amount: 700 * count, currency: 'EUR' }] },
    });
    expect(held).toEqual({ _entities: [{ deals: [line('OPEN', 2), line('WON', 1)] }] });

    const plan: HandoverPlan = {
      to: [boris!.id],
      byPipeline: [{ pipelineId: createPipeline.id, to: [clara!.id] }],
    };
    const offboarding = await offboard(leaver!, plan);
    await told(DealHandover.completed, offboarding);

    expect(await rows()).toEqual([
      { title: 'A renewal', owner: clara!.id, team: null },
      { title: 'Open', owner: boris!.id, team: westTeam },
      { title: 'Won', owner: boris!.id, team: westTeam },
    ]);
    expect(story(h, won.id)).toEqual(['created', 'won', 'updated']);

    await undo(offboarding, leaver!);
    await told(DealHandover.undone, offboarding);
    expect(new Set((await rows()).map(({ owner, team }) => `${owner} ${team}`))).toEqual(
      new Set([`${leaver!.id} ${h.annasTeam}`]),
    );
  });
});
