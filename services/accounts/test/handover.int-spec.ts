import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AccountHandover } from '@voronka/contracts';
import { leavers, serviceUnderTest, type Asker, type ServiceUnderTest } from '@voronka/testing';
import { accounts } from '../src/service.js';

let crm: ServiceUnderTest;
let [admin, anna, boris, clara]: Asker[] = [];
const { everything, offboard, undo, told } = leavers(
  () => crm,
  () => admin!,
);

beforeAll(async () => {
  crm = await serviceUnderTest(accounts);
  admin = await crm.person({ role: 'ADMINISTRATOR' });
  [anna, boris, clara] = [await crm.person(), await crm.person(), await crm.person()];
}, 60_000);
afterAll(() => crm.stop());

const make = async (noun: 'Company' | 'Contact', name: string) => {
  const text = `mutation ($input: Create${noun}Input!) { it: create${noun}(input: $input) { id } }`;
  return (await admin!.get<{ it: { id: string } }>(text, { input: { name, ownerId: anna!.id } })).it.id;
};
const owners = async (table: 'company' | 'contact') => {
  const { rows } = await crm.service.database.query<{ name: string; owner: string }>({
    text: `select name, owner_id as owner from ${table}`,
  });
  return Object.fromEntries(rows.map(({ name, owner }) => [name, owner]));
};

describe('the companies and contacts of one who leaves', () => {
  it('are shared by several, and a contact goes with its first company', async () => {
    for (const name of ['Acme', 'Bolt', 'Cask', 'Dune']) {
      const companyId = await make('Company', name);
      const contactId = await make('Contact', `of ${name}`);
      const link = 'mutation ($c: ID!, $to: ID!) { linkContact(contactId: $c, companyId: $to) { id } }';
      await admin!.get(link, { c: contactId, to: companyId });
    }
    await make('Contact', 'of nobody');

    const offboarding = await offboard(anna!, everything(boris!, clara!));
    await told(AccountHandover.completed, offboarding);

    const [companies, contacts] = [await owners('company'), await owners('contact')];
    expect(Object.values(companies).filter((owner) => owner === boris!.id)).toHaveLength(2);
    expect(Object.values(companies).filter((owner) => owner === clara!.id)).toHaveLength(2);
    for (const [name, owner] of Object.entries(companies)) expect(contacts[`of ${name}`]).toBe(owner);
    expect([boris!.id, clara!.id]).toContain(contacts['of nobody']);

    await undo(offboarding, anna!);
    await told(AccountHandover.undone, offboarding);
    for (const owner of [...Object.values(await owners('company')), ...Object.values(await owners('contact'))])
      expect(owner).toBe(anna!.id);
  });
});
