import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { LeadHandover, type DataOf, type OffboardingState, type Received } from '@voronka/contracts';
import { newId } from '@voronka/service-kit';
import { eventually, leavers, serviceUnderTest, type Asker, type ServiceUnderTest } from '@voronka/testing';
import { leads } from '../src/service.js';

const CREATE = 'mutation ($input: CreateLeadInput!) { createLead(input: $input) { id } }';

let crm: ServiceUnderTest;
let [admin, anna, boris, clara]: Asker[] = [];

beforeEach(async () => {
  await crm?.stop();
  crm = await serviceUnderTest(leads);
  admin = await crm.person({ name: 'Adam', role: 'ADMINISTRATOR' });
  [anna, boris, clara] = [
    await crm.person({ name: 'Anna' }),
    await crm.person({ name: 'Boris' }),
    await crm.person({ name: 'Clara' }),
  ];
}, 60_000);
afterAll(() => crm.stop());

const query = async <R>(text: string, values: unknown[] = []) =>
  (await crm.service.database.query<R>({ text, values })).rows;
const lead = async (owner: Asker, personName = 'Ivan') =>
  (await admin!.get<{ createLead: { id: string } }>(CREATE, { input: { personName, ownerId: owner.id } })).createLead
    .id;
const manyLeads = async (owner: Asker, count: number) => {
  const rows = Array.from({ length: count }, () => ({
    ...{ externalId: newId(), personName: 'Ivan', ownerId: owner.id },
  }));
  const text = 'mutation ($rows: [ImportLeadInput!]!) { importLeads(rows: $rows) { outcome } }';
  for (let at = 0; at < count; at += 500) await admin!.get(text, { rows: rows.slice(at, at + 500) });
};
const owners = async () => {
  const rows = await query<{ owner: string; count: number }>(
    'select owner_id as owner, count(*) as count from lead group by 1',
  );
  return Object.fromEntries(rows.map(({ owner, count }) => [owner, count]));
};
const { setActive, everything, offboard, close, undo, told } = leavers(
  () => crm,
  () => admin!,
);
const done = (offboarding: OffboardingState) => told(LeadHandover.completed, offboarding);
const undone = (offboarding: OffboardingState) => told(LeadHandover.undone, offboarding);
const stateIn = ({ data }: Received) => (data as DataOf<(typeof LeadHandover)['completed']>).leadHandover;

describe('the leads of one who leaves', () => {
  it('have another owner, whatever became of them, by who offboards him and because of that', async () => {
    const [open, closed] = [await lead(anna!), await lead(anna!)];
    await admin!.get('mutation ($id: ID!) { disqualifyLead(id: $id, reason: DUPLICATE) { id } }', { id: closed });
    const before = await query<{ id: string; created_by: string }>('select id, created_by from lead order by id');

    const offboarding = await offboard(anna!, everything(boris!));

    const event = await done(offboarding);
    expect(stateIn(event)).toMatchObject({ userId: anna!.id, status: 'DONE', total: 2, handedOver: 2 });
    expect(await owners()).toEqual({ [boris!.id]: 2 });
    expect(await query('select id, created_by from lead order by id')).toEqual(before);
    const assigned = crm.published().filter(({ type }) => type === 'crm.lead.assigned');
    expect(assigned.map(({ subject }) => subject).sort()).toEqual([open, closed].sort());
    const [started] = crm.published(LeadHandover.started);
    expect(assigned.map(({ actor, causationId, correlationId }) => ({ actor, causationId, correlationId }))).toEqual(
      assigned.map(() => ({
        actor: admin!.id,
        causationId: started!.causationId,
        correlationId: started!.correlationId,
      })),
    );
  });

  it('go to several by load: who has the least open work is given more, and what is closed is shared evenly', async () => {
    await manyLeads(anna!, 6);
    await manyLeads(boris!, 4);
    await done(await offboard(anna!, everything(boris!, clara!)));
    expect(await owners()).toEqual({ [boris!.id]: 5, [clara!.id]: 5 });
  });

  it('are handed over to the end by a service that is stopped and started between, once by two', async () => {
    await manyLeads(anna!, 2_600);
    const another = await crm.another();
    const offboarding = await offboard(anna!, everything(boris!));
    await eventually(() => crm.published(LeadHandover.advanced).length > 0, { every: 5 });
    await another.stop();
    await crm.restart();
    const event = await done(offboarding);
    expect(stateIn(event)).toMatchObject({ total: 2_600, handedOver: 2_600 });
    expect(await owners()).toEqual({ [boris!.id]: 2_600 });
    expect(await query('select max(version), min(version) from lead')).toEqual([{ max: 2, min: 2 }]);
    const told = crm.published(LeadHandover.advanced).flatMap((event) => event.data.records.flatMap(({ ids }) => ids));
    expect(new Set(told).size).toBe(told.length);
    expect(told.length).toBe(2_600);
  });

  it('come late and are handed over as well, as long as he is not back', async () => {
    const offboarding = await offboard(anna!, everything(boris!));
    await done(offboarding);
    const late = await lead(boris!);
    await query('update lead set owner_id = $1 where id = $2', [anna!.id, late]);
    await eventually(async () => (await owners())[boris!.id] === 1);

    await setActive(anna!, true);
    await eventually(() => lead(anna!));
    await lead(boris!);
    await eventually(async () => (await owners())[boris!.id] === 2);
    expect((await owners())[anna!.id]).toBe(1);

    await close(offboarding);
    await told(LeadHandover.closed, offboarding);
    await setActive(anna!, false);
    // Another one leaves, and is done with: hers was looked at too.
    await done(await offboard(clara!, everything(boris!)));
    expect((await owners())[anna!.id]).toBe(1);
  });

  it('are not done with before this service knows that he has left, and whoever is to take over', async () => {
    const stranger = newId();
    const offboarding = await offboard(anna!, { to: [stranger], byPipeline: [] });
    await setActive(anna!, true);
    await eventually(async () => (await query('select from handover')).length === 1);
    await lead(anna!);
    await crm.person({ id: stranger });
    await eventually(async () => (await owners())[stranger] === 1);
    // It looks again and again: what she enters meanwhile goes the same way.
    await lead(anna!);
    await eventually(async () => (await owners())[stranger] === 2);
    expect(crm.published(LeadHandover.completed)).toEqual([]);
    await setActive(anna!, false);
    await done(offboarding);
    expect(crm.published(LeadHandover.completed)).toHaveLength(1);
  });

  it('go past one who has left meanwhile, and to who offboards where nobody is left', async () => {
    await setActive(boris!, false);
    await manyLeads(anna!, 2);
    await done(await offboard(anna!, everything(boris!, clara!)));
    expect(await owners()).toEqual({ [clara!.id]: 2 });
    await done(await offboard(clara!, everything(boris!)));
    expect(await owners()).toEqual({ [admin!.id]: 2 });
  });
});

describe('an offboarding that is undone', () => {
  it('gives back what his successor still has, and leaves what was done since', async () => {
    await manyLeads(anna!, 1_200);
    const kept = await lead(anna!, 'Kept by Clara');
    const offboarding = await offboard(anna!, everything(boris!));
    await done(offboarding);
    await admin!.get('mutation ($id: ID!, $to: ID!) { assignLead(id: $id, ownerId: $to) { id } }', {
      id: kept,
      to: clara!.id,
    });
    await undo(offboarding, anna!);
    const event = await undone(offboarding);
    expect(stateIn(event)).toMatchObject({ status: 'UNDONE', handedOver: 1_201, givenBack: 1_200 });
    expect(await owners()).toEqual({ [anna!.id]: 1_200, [clara!.id]: 1 });
    expect(await query('select from handover_record')).toEqual([]);
  });

  it('stops one that is under way', async () => {
    await manyLeads(anna!, 3_000);
    const offboarding = await offboard(anna!, everything(boris!));
    await eventually(() => crm.published(LeadHandover.advanced).length > 0, { every: 5 });
    await undo(offboarding, anna!);
    await undone(offboarding);
    expect(await owners()).toEqual({ [anna!.id]: 3_000 });
    expect(crm.published(LeadHandover.completed)).toEqual([]);
  });

  it('is forgotten when it can no longer be asked for', async () => {
    await lead(anna!);
    await done(await offboard(anna!, everything(boris!)));
    expect(await query('select from handover_record')).toHaveLength(1);
    crm.clock.set(new Date(crm.clock.now().getTime() + 32 * 24 * 3600 * 1000));
    await crm.restart();
    await eventually(async () => (await query('select from handover_record')).length === 0);
    expect(await owners()).toEqual({ [boris!.id]: 1 });
  });
});

describe('what was shared with one who leaves', () => {
  const SHARE = `mutation ($id: ID!, $input: ShareInput!) { shareLead(id: $id, input: $input) { id } }`;
  const share = (id: string, who: Asker, access: string) =>
    admin!.get(SHARE, { id, input: { userId: who.id, access } });
  const shares = async (id: string) => {
    const [row] = await query<{ read: string[]; work: string[] }>(
      'select shared_to_read as read, shared_to_work as work from lead where id = $1',
      [id],
    );
    const names = (ids: string[]) => ids.map((each) => [anna, boris, clara].findIndex((who) => who!.id === each));
    return { read: names(row!.read), work: names(row!.work) };
  };
  const [ANNA, BORIS, CLARA] = [0, 1, 2];

  it('is shared with his successor as it was with him, and with him again when it is undone', async () => {
    const [worked, seen, own] = [await lead(clara!), await lead(clara!), await lead(boris!)];
    await share(worked, anna!, 'WORK');
    await share(seen, anna!, 'READ');
    await share(seen, boris!, 'WORK');
    await share(own, anna!, 'READ');

    const offboarding = await offboard(anna!, everything(boris!));
    await done(offboarding);
    expect(await shares(worked)).toEqual({ read: [BORIS], work: [BORIS] });
    expect(await shares(seen)).toEqual({ read: [BORIS], work: [BORIS] });
    expect(await shares(own)).toEqual({ read: [], work: [] });
    expect(await owners()).toEqual({ [clara!.id]: 2, [boris!.id]: 1 });

    await share(worked, boris!, 'READ');
    await share(worked, clara!, 'READ');
    await undo(offboarding, anna!);
    await undone(offboarding);
    expect(await shares(worked)).toEqual({ read: [BORIS, CLARA, ANNA], work: [ANNA] });
    expect(await shares(seen)).toEqual({ read: [BORIS, ANNA], work: [BORIS] });
    expect(await shares(own)).toEqual({ read: [ANNA], work: [] });
    expect(await query('select from handover_share')).toEqual([]);
  });
});

describe('what somebody holds', () => {
  const HOLDS = `query ($of: [_Any!]!) { _entities(representations: $of) {
    ... on Holdings { leads { noun status count value { amount currency } } } } }`;
  const of = () => ({ of: [{ __typename: 'Holdings', id: anna!.id }] });

  it('is counted by status, with its value in each currency, for who may offboard', async () => {
    await lead(anna!);
    await admin!.get(CREATE, {
      input: { personName: 'Olga', ownerId: anna!.id, amount: { amount: 500, currency: 'USD' } },
    });
    await lead(boris!);
    expect(await admin!.get(HOLDS, of())).toEqual({
      _entities: [{ leads: [{ noun: 'lead', status: 'NEW', count: 2, value: [{ amount: 500, currency: 'USD' }] }] }],
    });
  });

  it('is nobody else’s to know', async () => {
    expect(await boris!.refusal(HOLDS, of())).toMatchObject({ code: 'FORBIDDEN' });
  });
});
