import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AccountHandover, ActivityHandover, DealHandover, LeadHandover, type HandoverState } from '@voronka/contracts';
import { eventually, leavers, serviceUnderTest, type Asker, type ServiceUnderTest } from '@voronka/testing';
import { tasks } from '../src/service.js';
import { knownDeal, knownLead, plan } from './people.js';

let crm: ServiceUnderTest;
let [admin, anna, boris, clara]: Asker[] = [];
const { everything, offboard, undo, told } = leavers(
  () => crm,
  () => admin!,
);

beforeAll(async () => {
  crm = await serviceUnderTest(tasks);
  admin = await crm.person({ role: 'ADMINISTRATOR' });
  [anna, boris, clara] = [await crm.person(), await crm.person(), await crm.person()];
}, 60_000);
afterAll(() => crm.stop());

const owners = async () => {
  const { rows } = await crm.service.database.query<{ id: string; owner: string }>({
    text: 'select id, owner_id as owner from activity',
  });
  return Object.fromEntries(rows.map(({ id, owner }) => [id, owner]));
};

describe('the activities of one who leaves', () => {
  it('go with what they are about, done ones too; the rest waits until that is clear', async () => {
    const [lead, deal] = [await knownLead(crm, anna!), await knownDeal(crm, anna!)];
    const ofLead = await plan(anna!, { about: { leadId: lead } });
    const ofDeal = [await plan(anna!, { about: { dealId: deal } }), await plan(anna!, { about: { dealId: deal } })];
    await anna!.get('mutation ($id: ID!) { completeActivity(id: $id) { id } }', { id: ofDeal[0] });
    const ofNothing = [await plan(anna!, {}), await plan(anna!, {})];

    const offboarding = await offboard(anna!, everything(boris!, clara!));
    await told(ActivityHandover.started, offboarding);
    const state = (status: HandoverState['status'], handedOver: number): HandoverState => ({
      ...{ id: offboarding.id, userId: anna!.id, status, total: 1, handedOver, givenBack: 0 },
    });
    const { id } = offboarding;
    const went = (recordId: string, to: Asker) => ({ records: [{ ownerId: to.id, ids: [recordId] }] });
    const [running, done] = [state('RUNNING', 1), state('DONE', 1)];
    await crm.deliver(LeadHandover.advanced, id, { leadHandover: running, ...went(lead, boris!) }, { version: 2 });
    await crm.deliver(LeadHandover.completed, id, { leadHandover: done }, { version: 3 });
    await crm.deliver(DealHandover.advanced, id, { dealHandover: running, ...went(deal, clara!) }, { version: 2 });
    await crm.deliver(DealHandover.completed, id, { dealHandover: done }, { version: 3 });
    await told(ActivityHandover.advanced, offboarding);
    await eventually(async () => new Set(Object.values(await owners())).size === 3);
    // Companies are still on their way, and what is about nothing is hers so long.
    const meanwhile = await owners();
    expect(ofNothing.map((each) => meanwhile[each])).toEqual([anna!.id, anna!.id]);
    await crm.deliver(AccountHandover.completed, id, { accountHandover: state('DONE', 0) }, { version: 2 });
    await told(ActivityHandover.completed, offboarding);

    const now = await owners();
    expect([now[ofLead], ...ofDeal.map((each) => now[each])]).toEqual([boris!.id, clara!.id, clara!.id]);
    expect(new Set(ofNothing.map((each) => now[each])).has(anna!.id)).toBe(false);

    await undo(offboarding, anna!);
    await told(ActivityHandover.undone, offboarding);
    expect(new Set(Object.values(await owners()))).toEqual(new Set([anna!.id]));
  });
});
