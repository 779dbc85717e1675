import { eventually } from '@voronka/testing';
import type { Client } from '../tools/import/src/client.js';

/** The steps of a salesperson's first story, as one would type them. */

export interface Conversion {
  id: string;
  status: string;
  company: { id: string; name: string } | null;
  contact: { id: string; name: string; companies: { primary: boolean; company: { name: string } }[] } | null;
  deal: { id: string; title: string; status: string } | null;
}

export const capture = async (who: Client): Promise<string> => {
  const { createLead } = await who.ask<{ createLead: { id: string } }>(
    'mutation ($input: CreateLeadInput!) { createLead(input: $input) { id } }',
    {
      input: {
        personName: 'Sophie Barnes',
        companyName: 'Harbour Instruments',
        phones: ['+44 20 7946 0018'],
        emails: ['Sophie@Harbour.example'],
        source: 'trade fair',
        amount: { amount: 1_250_000, currency: 'EUR' },
        note: 'Wants forty meters before summer.',
      },
    },
  );
  return createLead.id;
};

export const plan = async (who: Client, leadId: string): Promise<string> => {
  const { planActivity } = await eventually(() =>
    who.ask<{ planActivity: { id: string } }>(
      'mutation ($input: PlanActivityInput!) { planActivity(input: $input) { id } }',
      {
        input: { kind: 'CALL', subject: 'Ask how many', dueAt: inDays(1), about: { leadId } },
      },
    ),
  );
  return planActivity.id;
};

export const complete = (who: Client, id: string) =>
  who.ask(
    'mutation ($id: ID!, $next: NextStepInput) { completeActivity(id: $id, outcome: "Forty, by May", next: $next) { id } }',
    {
      id,
      next: { kind: 'TASK', subject: 'Send the offer', dueAt: inDays(2) },
    },
  );

export const qualify = (who: Client, id: string) =>
  who.ask('mutation ($id: ID!) { qualifyLead(id: $id) { status } }', { id });

export const convert = async (who: Client, id: string): Promise<string> => {
  const { convertLead } = await who.ask<{ convertLead: { id: string } }>(
    'mutation ($id: ID!) { convertLead(id: $id, input: {}) { id } }',
    { id },
  );
  return convertLead.id;
};

export const converted = async (who: Client, leadId: string, within = 20_000): Promise<Conversion> =>
  eventually(
    async () => {
      const { lead } = await who.ask<{ lead: { status: string; conversion: Conversion } }>(
        `query ($id: ID!) { lead(id: $id) { status conversion { id status
           company { id name } contact { id name companies { primary company { name } } } deal { id title status } } } }`,
        { id: leadId },
      );
      return lead.status === 'CONVERTED' &&
        lead.conversion.company?.name &&
        lead.conversion.contact?.name &&
        lead.conversion.deal?.title
        ? lead.conversion
        : null;
    },
    { within },
  );

export const win = async (who: Client, dealId: string): Promise<void> => {
  const { deal } = await who.ask<{ deal: { pipeline: { stages: { id: string }[] } } }>(
    'query ($id: ID!) { deal(id: $id) { pipeline { stages { id } } } }',
    { id: dealId },
  );
  await who.ask(
    'mutation ($id: ID!, $stage: ID!) { moveDeal(id: $id, stageId: $stage) { id } winDeal(id: $id) { status } }',
    {
      id: dealId,
      stage: deal.pipeline.stages[1]?.id,
    },
  );
};

export interface Funnel {
  stages: { name: string; entered: number; passed: number; open: number }[];
  won: number;
  lost: number;
  wonValue: { amount: number; currency: string }[];
}

export const funnel = async (who: Client): Promise<Funnel> => {
  const { pipelines } = await who.ask<{ pipelines: { nodes: { id: string; isDefault: boolean }[] } }>(
    '{ pipelines(first: 10) { nodes { id isDefault } } }',
  );
  const pipelineId = pipelines.nodes.find((p) => p.isDefault)?.id;
  const answer = await who.ask<{ funnel: Funnel }>(
    'query ($pipelineId: ID!) { funnel(pipelineId: $pipelineId) { stages { name entered passed open } won lost wonValue { amount currency } } }',
    { pipelineId },
  );
  return answer.funnel;
};

const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
