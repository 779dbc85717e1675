import { CompanyCreated, ContactCreated, LeadCreated, type EventDeclaration } from '@voronka/contracts';
import { newId } from '@voronka/service-kit';
import { eventually, serviceUnderTest, type Asker, type ServiceUnderTest } from '@voronka/testing';
import { deals } from '../src/service.js';

export interface House {
  readonly system: ServiceUnderTest;
  readonly admin: Asker;
  readonly anna: Asker;
  readonly annasTeam: string;
  readonly sales: { id: string; stages: { id: string; name: string }[] };
}

/** The deals service with an administrator, a salesperson in a team, and the pipeline it begins with. */
export async function house(): Promise<House> {
  const system = await serviceUnderTest(deals);
  const annasTeam = newId();
  const admin = await system.person({ name: 'Adam', role: 'ADMINISTRATOR' });
  const anna = await system.person({ name: 'Anna', role: 'HEAD_OF_SALES', teamId: annasTeam });
  const { pipelines } = await anna.get<{ pipelines: { nodes: House['sales'][] } }>(
    '{ pipelines { nodes { id stages { id name } } } }',
  );
  return { system, admin, anna, annasTeam, sales: pipelines.nodes[0] as House['sales'] };
}

export const stageId = ({ sales }: House, name: string): string =>
  sales.stages.find((stage) => stage.name === name)?.id ?? '';

export interface SomeDeal {
  id: string;
  version: number;
  status: string;
  stage: { id: string; name: string };
  amount: { amount: number; currency: string } | null;
  closedAt: string | null;
}
const DEAL = 'id version status stage { id name } amount { amount currency } closedAt';

export const createDeal = async (who: Asker, input: object): Promise<SomeDeal> =>
  (
    await who.get<{ createDeal: SomeDeal }>(
      `mutation ($input: CreateDealInput!) { createDeal(input: $input) { ${DEAL} } }`,
      { input },
    )
  ).createDeal;

export const deal = async (who: Asker, id: string): Promise<SomeDeal | null> =>
  (await who.get<{ deal: SomeDeal | null }>(`query ($id: ID!) { deal(id: $id) { ${DEAL} } }`, { id })).deal;

export const MOVE = `mutation ($id: ID!, $stageId: ID!, $occurredAt: DateTime, $expectedVersion: Int) {
  moveDeal(id: $id, stageId: $stageId, occurredAt: $occurredAt, expectedVersion: $expectedVersion) { ${DEAL} } }`;
export const WIN = `mutation ($id: ID!, $occurredAt: DateTime) { winDeal(id: $id, occurredAt: $occurredAt) { ${DEAL} } }`;
export const LOSE = `mutation ($id: ID!, $reason: LostReason!, $note: String) {
  loseDeal(id: $id, reason: $reason, note: $note) { ${DEAL} lostReason } }`;

/** The events of one record so far, by the last word of their type. */
export const story = ({ system }: House, id: string): string[] =>
  system
    .published()
    .filter((event) => event.subject === id)
    .map((event) => event.type.split('.')[2] ?? '');

const plain = { phones: [], emails: [], address: null, note: null, leadId: null };
const parents = (ownerId: string) => ({
  company: [CompanyCreated, { ...plain, name: 'Acme', parentId: null, site: null, industry: null, employees: null }],
  contact: [ContactCreated, { ...plain, name: 'Ivan', position: null, companies: [] }],
  lead: [
    LeadCreated,
    {
      ...{
        ...plain,
        leadId: undefined,
        status: 'NEW',
        personName: 'Ivan',
        companyName: null,
        site: null,
        source: null,
      },
      ...{ utm: null, productIds: [], amount: null, currency: null, disqualifyReason: null, conversionId: null },
      ownerId,
    },
  ],
});

/** Announces a company, contact or lead as its service would, and waits until it is known here. */
export async function known({ system, anna }: House, kind: 'company' | 'contact' | 'lead'): Promise<string> {
  const id = newId();
  const [declaration, state] = parents(anna.id)[kind] as [EventDeclaration, object];
  await system.deliver(declaration, id, { [kind]: { ...state, id, ownerId: anna.id } });
  await eventually(async () => {
    const { rowCount } = await system.service.database.query({
      text: 'select 1 from reference where kind = $1 and id = $2::uuid',
      values: [kind, id],
    });
    return rowCount > 0;
  });
  return id;
}
