import { setTimeout as pause } from 'node:timers/promises';
import { shippedRoles } from '@voronka/contracts';
import { Client } from '@voronka/import';
import { StartFailure } from '../failure.js';
import {
  Chance,
  companiesOf,
  courseOf,
  dealsOf,
  emailOf,
  leadsOf,
  type PlannedDeal,
  type PlannedLead,
} from './plan.js';
import * as words from './words.js';

const [HEAD, SALESPERSON] = [shippedRoles.HEAD.id, shippedRoles.SALESPERSON.id];

const SEED = 20_260_301;
const DAY_MS = 86_400_000;

type Rows = Record<string, unknown>[];
interface Answer {
  answers: {
    outcome: string;
    id: string | null;
    error: { code: string; field: string | null; message: string } | null;
  }[];
}
interface Stage {
  id: string;
}

/**
 * Fills an empty system with the demonstration organisation, through the gateway and the services' own use cases. The last
 * six months are business time. The people get `peoplesPassword`. A second run changes nothing.
 */
export async function fillDemo({
  gatewayUrl,
  email,
  password,
  peoplesPassword,
  onProgress = () => undefined,
  now = new Date(),
}: {
  gatewayUrl: string;
  email: string;
  password: string;
  peoplesPassword: string;
  onProgress?: (what: string) => void;
  now?: Date;
}): Promise<void> {
  const client = new Client(gatewayUrl, email, password);
  await client.signIn();
  const demo = new Demo(client, new Chance(SEED), now, peoplesPassword);
  onProgress('people');
  await demo.people();
  onProgress('catalogue and customers');
  await demo.customers();
  onProgress('leads');
  await demo.leads();
  onProgress('deals');
  await demo.deals();
  onProgress('conversions');
  await demo.conversions();
  onProgress('activities');
  await demo.activities();
}

class Demo {
  private readonly userIds = new Map<string, string>();
  private readonly productIds = new Map<string, string>();
  private readonly stages = new Map<string, { id: string; stages: Stage[] }>();
  private companyIds: string[] = [];
  private planned: PlannedLead[] = [];
  private leadIds: string[] = [];
  /** What shall have a next step. */
  private readonly open: { about: object; ownerId: string; since: Date }[] = [];

  constructor(
    private readonly client: Client,
    private readonly chance: Chance,
    private readonly now: Date,
    private readonly password: string,
  ) {}

  async people(): Promise<void> {
    const [sales = ''] = await this.import('Team', 'Teams', [{ externalId: 'demo:team:sales', name: 'Sales' }]);
    const teamIds = await this.import(
      'Team',
      'Teams',
      words.teams.map(({ name }) => ({ externalId: `demo:team:${name}`, name, parentId: sales })),
    );
    const people = [
      { name: words.head.name, roleIds: [HEAD], teamId: sales },
      ...words.teams.flatMap((team, t) =>
        team.people.map((name, i) => ({ name, roleIds: [i === 0 ? HEAD : SALESPERSON], teamId: teamIds[t] })),
      ),
    ];
    const rows = people.map((person, i) => ({ ...person, externalId: `demo:person:${i}`, email: emailOf(i) }));
    const ids = await this.import('User', 'Users', rows);
    people.forEach(({ name }, i) => this.userIds.set(name, ids[i] ?? ''));
    const setPassword = 'mutation ($id: ID!, $input: UpdateUserInput!) { updateUser(id: $id, input: $input) { id } }';
    for (const id of ids) await this.client.ask(setPassword, { id, input: { password: this.password } });
    const heads = [[sales, words.head.name], ...words.teams.map(({ people: [first] }, t) => [teamIds[t], first])];
    for (const [id, head] of heads)
      await this.client.ask(
        'mutation ($id: ID!, $input: UpdateTeamInput!) { updateTeam(id: $id, input: $input) { id } }',
        {
          id,
          input: { headId: this.user(head ?? '') },
        },
      );
  }

  async customers(): Promise<void> {
    const query = '{ pipelines(first: 50) { nodes { id name isDefault stages { id } } } }';
    interface Pipelines {
      pipelines: { nodes: { id: string; name: string; isDefault: boolean; stages: Stage[] }[] };
    }
    const before = await this.client.ask<Pipelines>(query);
    if (!before.pipelines.nodes.some(({ name }) => name === words.renewals.name))
      await this.client.ask('mutation ($input: CreatePipelineInput!) { createPipeline(input: $input) { id } }', {
        input: words.renewals,
      });
    for (const { id, name, isDefault, stages } of (await this.client.ask<Pipelines>(query)).pipelines.nodes)
      this.stages.set(isDefault ? 'Sales' : name, { id, stages });

    const products = await this.import(
      'Product',
      'Products',
      words.products.map((p) => ({ ...p, externalId: `demo:product:${p.name}` })),
    );
    words.products.forEach(({ name }, i) => this.productIds.set(name, products[i] ?? ''));
    const companies = companiesOf(this.chance);
    this.companyIds = await this.import(
      'Company',
      'Companies',
      companies.map(({ ownerName, ...row }) => ({ ...row, ownerId: this.user(ownerName) })),
    );
  }

  async leads(): Promise<void> {
    this.planned = leadsOf(this.chance, this.now);
    this.leadIds = await this.import(
      'Lead',
      'Leads',
      this.planned.map(({ row, ownerName }) => ({ ...row, ownerId: this.user(ownerName) })),
    );
    this.planned.forEach(({ open, ownerName, row }, i) => {
      if (open)
        this.open.push({
          about: { leadId: this.leadIds[i] },
          ownerId: this.user(ownerName),
          since: new Date(String(row['createdAt'])),
        });
    });
  }

  async deals(): Promise<void> {
    const deals = dealsOf(this.chance, this.now, this.companyIds.length);
    const rows = deals.map((deal) => {
      const { id, stages } = this.pipeline(deal.pipeline);
      return {
        ...deal.row,
        pipelineId: id,
        ownerId: this.user(deal.ownerName),
        companyId: this.companyIds[deal.companyIndex],
        lines: [{ productId: this.productIds.get(deal.productName), quantity: this.chance.int(1, 40) * 1_000 }],
        history: historyOf(deal, stages),
      };
    });
    const ids = await this.import('Deal', 'Deals', rows);
    deals.forEach(({ end, ownerName, openedAt }, i) => {
      if (!end) this.open.push({ about: { dealId: ids[i] }, ownerId: this.user(ownerName), since: openedAt });
    });
  }

  async conversions(): Promise<void> {
    for (const [i, { convertedAt, ownerName }] of this.planned.entries()) {
      if (!convertedAt) continue;
      const course = courseOf(this.chance, convertedAt, this.now);
      const dealId = await this.convert(this.leadIds[i] ?? '', convertedAt);
      await this.follow(dealId, course);
      if (!course.end) this.open.push({ about: { dealId }, ownerId: this.user(ownerName), since: convertedAt });
    }
  }

  async activities(): Promise<void> {
    const rows = this.open.flatMap(({ about, ownerId, since }, i) => {
      const step = (n: number) => ({
        ...this.chance.one(words.steps),
        externalId: `demo:activity:${i}:${n}`,
        about,
        ownerId,
      });
      const rowsOfOne: Rows = [];
      if (this.chance.percent(70)) {
        const completedAt = this.chance.between(since, this.now);
        rowsOfOne.push({
          ...step(0),
          createdAt: since.toISOString(),
          dueAt: completedAt.toISOString(),
          completedAt: completedAt.toISOString(),
          outcome: this.chance.one(words.outcomes),
        });
      }
      // Most have a next step, and some of those are overdue: as it is in life.
      if (this.chance.percent(85)) {
        const dueAt = new Date(this.now.getTime() + this.chance.int(-3 * 24, 14 * 24) * 3_600_000 + 1_800_000);
        rowsOfOne.push({
          ...step(1),
          dueAt: dueAt.toISOString(),
          createdAt: new Date(Math.min(since.getTime(), dueAt.getTime() - DAY_MS)).toISOString(),
        });
      }
      return rowsOfOne;
    });
    for (let i = 0; i < rows.length; i += 500) await this.import('Activity', 'Activities', rows.slice(i, i + 500));
  }

  /** Converts a lead as a person would, and waits until company, contact and deal are there. */
  private async convert(leadId: string, at: Date): Promise<string> {
    interface Conversion {
      id: string;
      status: string;
      reason: string | null;
      deal: { id: string } | null;
    }
    const { convertLead } = await this.client.ask<{ convertLead: Conversion }>(
      'mutation ($id: ID!, $at: DateTime) { convertLead(id: $id, input: {}, occurredAt: $at) { id status reason deal { id } } }',
      { id: leadId, at: at.toISOString() },
    );
    let conversion: Conversion = convertLead;
    for (const until = Date.now() + 30_000; conversion.status === 'RUNNING' && Date.now() < until;) {
      await pause(20);
      conversion = (
        await this.client.ask<{ conversion: Conversion }>(
          'query ($id: ID!) { conversion(id: $id) { id status reason deal { id } } }',
          { id: convertLead.id },
        )
      ).conversion;
    }
    if (conversion.status !== 'DONE' || !conversion.deal)
      throw new StartFailure(
        `A conversion of the demonstration ended as ${conversion.status}: ${conversion.reason ?? 'no reason given'}.`,
      );
    return conversion.deal.id;
  }

  private async follow(dealId: string, { moves, end }: Pick<PlannedDeal, 'moves' | 'end'>): Promise<void> {
    const { stages } = this.pipeline('Sales');
    const verbs = moves.map(
      (at, i) => `m${i}: moveDeal(id: $id, stageId: "${stages[i + 1]?.id}", occurredAt: "${at.toISOString()}") { id }`,
    );
    if (end?.won) verbs.push(`winDeal(id: $id, occurredAt: "${end.at.toISOString()}") { id }`);
    if (end && !end.won)
      verbs.push(`loseDeal(id: $id, reason: ${end.reason}, occurredAt: "${end.at.toISOString()}") { id }`);
    if (verbs.length > 0) await this.client.ask(`mutation ($id: ID!) { ${verbs.join(' ')} }`, { id: dealId });
  }

  private async import(noun: string, plural: string, rows: Rows): Promise<string[]> {
    const { answers } = await this.client.ask<Answer>(
      `mutation ($rows: [Import${noun}Input!]!) { answers: import${plural}(rows: $rows) { outcome id error { code field message } } }`,
      { rows },
    );
    return answers.map(({ id, error }, i) => {
      if (id === null)
        throw new StartFailure(
          `Row ${i} of the demonstration's ${plural} was refused: ${error?.code} at ${error?.field}, ${error?.message}`,
        );
      return id;
    });
  }

  private user(name: string): string {
    return this.userIds.get(name) ?? '';
  }

  private pipeline(name: string): { id: string; stages: Stage[] } {
    const pipeline = this.stages.get(name);
    if (!pipeline) throw new StartFailure(`The demonstration needs the pipeline ${name}, and there is none.`);
    return pipeline;
  }
}

function historyOf({ moves, end }: Pick<PlannedDeal, 'moves' | 'end'>, stages: readonly Stage[]): object[] {
  const steps: object[] = moves.map((at, i) => ({ at: at.toISOString(), stageId: stages[i + 1]?.id }));
  if (end) steps.push({ at: end.at.toISOString(), ...(end.won ? { won: true } : { lost: end.reason }) });
  return steps;
}
