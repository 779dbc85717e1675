import { DealCreated, LeadCreated, type DealState, type LeadState } from '@voronka/contracts';
import { newId } from '@voronka/service-kit';
import { eventually, type Asker, type ServiceUnderTest } from '@voronka/testing';

/** A lead that the leads service has announced and this service knows of. */
export async function knownLead(tasks: ServiceUnderTest, owner: Asker): Promise<string> {
  const lead: LeadState = {
    id: newId(),
    status: 'NEW',
    personName: 'Anna Petrova',
    companyName: null,
    phones: [],
    emails: [],
    address: null,
    site: null,
    source: null,
    utm: null,
    note: null,
    productIds: [],
    ownerId: owner.id,
    amount: null,
    currency: null,
    disqualifyReason: null,
    conversionId: null,
  };
  await tasks.deliver(LeadCreated, lead.id, { lead });
  return known(tasks, lead.id);
}

export async function knownDeal(tasks: ServiceUnderTest, owner: Asker): Promise<string> {
  const deal: DealState = {
    id: newId(),
    title: 'Forty laptops',
    status: 'OPEN',
    pipelineId: newId(),
    stageId: newId(),
    stagePosition: 0,
    amount: null,
    currency: null,
    lines: [],
    ownerId: owner.id,
    teamId: null,
    companyId: null,
    contactId: null,
    leadId: null,
    source: null,
    expectedCloseOn: null,
    lostReason: null,
    openedAt: '2026-03-01T09:00:00.000Z',
    closedAt: null,
  };
  await tasks.deliver(DealCreated, deal.id, { deal });
  return known(tasks, deal.id);
}

async function known(tasks: ServiceUnderTest, id: string): Promise<string> {
  await eventually(async () => {
    const { database } = tasks.service;
    return (await database.query({ text: 'select 1 from reference where id = $1', values: [id] })).rowCount > 0;
  });
  return id;
}

export const PLAN = `mutation ($input: PlanActivityInput!) { planActivity(input: $input) { id version status } }`;

/** Plans an activity and answers its id. */
export async function plan(by: Asker, input: object): Promise<string> {
  const whole = { kind: 'CALL', subject: 'Ring them', dueAt: '2026-03-02T12:00:00.000Z', ...input };
  const { planActivity } = await by.get<{ planActivity: { id: string } }>(PLAN, { input: whole });
  return planActivity.id;
}
