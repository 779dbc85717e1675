import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { shippedRoles } from '@voronka/contracts';
import { newId } from '@voronka/service-kit';
import { eventually } from '@voronka/testing';
import type { Client } from '../tools/import/src/client.js';
import { capture, convert, converted, plan } from './story.js';
import { wholeSystem, type SystemUnderTest } from './system.js';

const LEADS = 3_000;
const PASSWORD = 'a good long password';
const HOLDINGS = `query ($id: ID!) { holdings(userId: $id) { apiKeys { name } teams { name }
  leads { noun status count value { amount currency } } accounts { noun count }
  deals { noun status count value { amount currency } } tasks { noun status count } } }`;
const STATE = `query ($id: ID!) { offboarding(id: $id) { status startedBy { name } to { name }
  parts { part status total handedOver givenBack } } }`;

describe('somebody leaves', () => {
  let voronka: SystemUnderTest;
  let admin: Client;
  let [anna, boris]: Client[] = [];
  const people: Record<string, string> = {};
  let leadId: string;
  let dealId: string;
  let offboardingId: string;

  const hire = async (name: string): Promise<Client> => {
    const email = `${name.toLowerCase()}@example.com`;
    const { createUser } = await admin.ask<{ createUser: { id: string } }>(
      'mutation ($input: CreateUserInput!) { createUser(input: $input) { id } }',
      { input: { name, email, roleIds: [shippedRoles.SALESPERSON.id], password: PASSWORD } },
    );
    people[name] = createUser.id;
    return voronka.signIn(email, PASSWORD);
  };
  const state = async () =>
    (
      await admin.ask<{ offboarding: { status: string; parts: { part: string; handedOver: number }[] } }>(STATE, {
        id: offboardingId,
      })
    ).offboarding;
  const reached = (status: string) =>
    eventually(async () => (await state()).status === status, { within: 60_000, every: 100 });
  const card = (who: Client) =>
    who.ask<{ deal: { activities: object[] } }>(
      `query ($lead: ID!, $deal: ID!) { lead(id: $lead) { owner { name } createdBy { name } }
         deal(id: $deal) { owner { name } createdBy { name } company { owner { name } } contact { owner { name } }
           activities { owner { name } } } }`,
      { lead: leadId, deal: dealId },
    );
  const owned = (name: string) => ({
    lead: { owner: { name }, createdBy: { name: 'Anna' } },
    deal: {
      ...{ owner: { name }, createdBy: { name: 'Anna' }, company: { owner: { name } }, contact: { owner: { name } } },
      activities: [{ owner: { name } }],
    },
  });

  beforeAll(async () => {
    voronka = await wholeSystem();
    admin = voronka.administrator;
    [anna, boris] = [await hire('Anna'), await hire('Boris')];
    leadId = await capture(anna);
    await plan(anna, leadId);
    await convert(anna, leadId);
    const { deal } = await converted(anna, leadId);
    dealId = deal!.id;
    await list();
    await eventually(async () => (await card(anna!)).deal.activities.length === 1, { within: 20_000 });
  }, 180_000);
  afterAll(() => voronka.stop(), 60_000);

  /** Leads that he had from a list, so many that handing them over takes a while. */
  const list = async () => {
    const row = () => ({ externalId: newId(), personName: 'Somebody', ownerId: people['Anna'] });
    for (let n = 0; n < LEADS; n += 500)
      await admin.ask('mutation ($rows: [ImportLeadInput!]!) { importLeads(rows: $rows) { id } }', {
        rows: Array.from({ length: 500 }, row),
      });
  };

  it('and before it is told what he holds, by count and value', async () => {
    expect(await card(anna!)).toEqual(owned('Anna'));
    const value = [{ amount: 1_250_000, currency: 'EUR' }];
    expect(await admin.ask(HOLDINGS, { id: people['Anna'] })).toEqual({
      holdings: {
        ...{ apiKeys: [], teams: [] },
        leads: [
          { noun: 'lead', status: 'CONVERTED', count: 1, value },
          { noun: 'lead', status: 'NEW', count: LEADS, value: [] },
        ],
        accounts: [
          { noun: 'company', count: 1 },
          { noun: 'contact', count: 1 },
        ],
        deals: [{ noun: 'deal', status: 'OPEN', count: 1, value }],
        tasks: [{ noun: 'activity', status: 'PLANNED', count: 1 }],
      },
    });
  });

  it('and is locked out within a second, while all he owned goes to his successor, though services are killed at it', async () => {
    const { offboardUser } = await admin.ask<{ offboardUser: { id: string } }>(
      `mutation ($id: ID!, $to: [ID!]) { offboardUser(id: $id, plan: { to: { userIds: $to } }) { id } }`,
      { id: people['Anna'], to: [people['Boris']] },
    );
    const began = performance.now();
    offboardingId = offboardUser.id;
    await eventually(
      async () =>
        await anna!.ask('{ me { id } leads { nodes { id } } }').then(
          () => false,
          () => true,
        ),
      {
        every: 10,
      },
    );
    expect(performance.now() - began).toBeLessThan(1_000);

    const handedOver = async () => (await state()).parts.find(({ part }) => part === 'leads')?.handedOver ?? 0;
    await eventually(async () => (await handedOver()) > 0, { within: 20_000, every: 5 });
    // The supervisor starts them again.
    for (const name of ['leads', 'deals', 'identity'] as const) await voronka.system.process(name).kill();

    await reached('DONE');
    const part = (name: string, total: number) => ({
      part: name,
      status: 'DONE',
      total,
      handedOver: total,
      givenBack: 0,
    });
    expect(await state()).toEqual({
      ...{ status: 'DONE', startedBy: { name: 'Administrator' }, to: [{ name: 'Boris' }] },
      parts: [part('leads', LEADS + 1), part('accounts', 2), part('deals', 1), part('tasks', 1)],
    });
    expect(await card(boris!)).toEqual(owned('Boris'));
    expect(await admin.ask(HOLDINGS, { id: people['Anna'] })).toMatchObject({
      holdings: { leads: [], accounts: [], deals: [], tasks: [] },
    });
  });

  it('and comes back: everything is his again, though the system was restarted meanwhile', async () => {
    await admin.ask('mutation ($id: ID!) { undoOffboarding(id: $id) { status } }', { id: offboardingId });
    await voronka.restart();
    await reached('UNDONE');
    anna = await voronka.signIn('anna@example.com', PASSWORD);
    expect(await card(anna)).toEqual(owned('Anna'));
  });
});
