import { setTimeout as sleep } from 'node:timers/promises';
import { deed, type Deed } from './fault.js';
import { type Noticed, notice, type Outage, table } from './notice.js';
import { type Answer, Person } from './person.js';
import type { RoundReport } from './report.js';
import { ended, seconds } from './round.js';
import { serviceNames, type Stage, until } from './stage.js';

const parts = [...serviceNames, 'Kafka', 'PostgreSQL'] as const;
type Part = (typeof parts)[number];

/** What is asked, again and again. All questions are given the same variables; each declares those that it reads. */
export const questions = {
  'a page of leads with owners': 'query { leads(first: 20) { nodes { personName owner { name } } } }',
  'a deal’s card':
    'query ($deal: ID!) { deal(id: $deal) { title company { name } stage { name } owner { name } nextStep { subject } } }',
  'a lead captured': 'mutation ($lead: CreateLeadInput!) { createLead(input: $lead) { id } }',
  'a deal created':
    'mutation ($newDeal: CreateDealInput!) { createDeal(input: $newDeal) { id company { name } owner { name } } }',
  'a step completed': 'mutation ($step: ID!) { completeActivity(id: $step) { status } }',
  'the board': 'query ($pipeline: ID!) { board(pipelineId: $pipeline) { stages { stage { name } count } } }',
  search: `query ($term: String!) {
    leads(first: 5, filter: { search: $term }) { nodes { personName } }
    companies(first: 5, filter: { search: $term }) { nodes { name } }
    contacts(first: 5, filter: { search: $term }) { nodes { name } }
    deals(first: 5, filter: { search: $term }) { nodes { title } }
  }`,
  'signing in':
    'mutation ($email: String!, $password: String!) { signIn(email: $email, password: $password) { id user { name } } }',
  'the funnel': 'query ($pipeline: ID!) { funnel(pipelineId: $pipeline) { stages { name entered } won } }',
};
type Question = keyof typeof questions;

/** Milliseconds between two times that all is asked. */
const EVERY = 5_000;

/** What is asked about: made while all is up. */
interface Things {
  variables: Record<string, unknown>;
  /** Steps that nobody has completed yet. */
  steps: string[];
}

/**
 * One part of the system after the other is stopped while clients write, and started again: what somebody notices meanwhile, who asks the
 * gateway every few seconds and had signed in just before.
 */
export class Alone {
  /** How many parts there are, and so rounds. */
  readonly most = parts.length;
  private readonly outages = new Map<number, Omit<Outage, 'caughtUp' | 'writes'>>();

  constructor(
    /** For how long each is down. */
    private readonly seconds: number,
  ) {}

  /** Rejects where not all is answered while all is up: then nothing could be noticed. */
  down(stage: Stage, round: number, like: Person): Deed {
    const part = parts[round - 1] as Part;
    return deed(`${part} down for ${this.seconds} s`, async () => {
      const who = new Person(like.url, like.email, like.password);
      await until(() => who.ensureSession(), 30_000, 'Nobody could sign in');
      const things = await prepare(who, 2 + Math.ceil((this.seconds * 1000) / EVERY));
      const before = await askAll(who, things);
      for (const { question, answer } of before)
        if (answer.errors) throw new Error(`${question}, while all is up: ${answer.errors[0]?.message}`);

      const control = controlOf(stage, part);
      const noticed: Noticed[] = [];
      await control.stop();
      try {
        for (const end = Date.now() + this.seconds * 1000; Date.now() < end;) {
          const next = sleep(EVERY);
          const now = await askAll(who, things);
          noticed.push(
            ...now.map(({ answer, ...asked }, n) => ({ ...asked, ...notice(before[n]?.answer ?? {}, answer) })),
          );
          await next;
        }
      } finally {
        const began = Date.now();
        await control.start();
        this.outages.set(round, { part, noticed, ready: seconds(began, Date.now()) });
      }
    });
  }

  /** What was noticed in the rounds that were played. */
  table(rounds: readonly RoundReport[]): string {
    const outages = rounds.flatMap((played) => {
      const outage = this.outages.get(played.round);
      const { heal, rest } = played.seconds;
      const came = !ended(played) && !played.findings.some((line) => line.startsWith('not at rest'));
      return outage ? [{ ...outage, caughtUp: came ? heal + rest : undefined, writes: played.writes }] : [];
    });
    return table(outages);
  }
}

function controlOf(stage: Stage, part: Part): { stop(): Promise<unknown>; start(): Promise<void> } {
  if (part !== 'Kafka' && part !== 'PostgreSQL') return stage.system.process(part);
  const { supervised, link } = part === 'Kafka' ? stage.kafka : stage.postgres;
  return {
    stop: () => Promise.all([supervised.stop(8_000), link.close()]),
    start: async () => {
      await supervised.start();
      await link.open();
    },
  };
}

async function prepare(who: Person, steps: number): Promise<Things> {
  const pipeline = (
    await done<{ pipelines: { nodes: { id: string }[] } }>(who, '{ pipelines(first: 1) { nodes { id } } }')
  ).pipelines.nodes[0]?.id;
  const company = await made(who, 'createCompany', 'CreateCompanyInput', { name: 'Harbour Instruments' });
  await made(who, 'createContact', 'CreateContactInput', { name: 'Sophie Harbour' });
  const deal = await made(who, 'createDeal', 'CreateDealInput', { title: 'Forty meters', companyId: company });
  const things: Things = {
    variables: {
      ...{ pipeline, deal, term: 'Harbour', email: who.email, password: who.password },
      lead: { personName: 'Sophie Barnes', companyName: 'Harbour Instruments', source: 'trade fair' },
      newDeal: { title: 'Meters for the harbour', companyId: company },
    },
    steps: [],
  };
  const dueAt = new Date(Date.now() + 86_400_000).toISOString();
  while (things.steps.length < steps) {
    const step = { kind: 'CALL', subject: 'Ask how many', dueAt, about: { dealId: deal } };
    things.steps.push(await made(who, 'planActivity', 'PlanActivityInput', step));
  }
  await done(who, questions['the funnel'], things.variables);
  return things;
}

const made = async (who: Person, verb: string, type: string, input: object): Promise<string> =>
  (
    await done<Record<string, { id: string }>>(who, `mutation ($input: ${type}!) { ${verb}(input: $input) { id } }`, {
      input,
    })
  )[verb]?.id ?? '';

/** Asks until it is answered: what one service was told, another may not have heard yet. */
async function done<Data extends object>(who: Person, query: string, variables: object = {}): Promise<Data> {
  let data: Data | undefined;
  let code: string | undefined;
  for (const end = Date.now() + 30_000; !data && Date.now() < end;) {
    ({ data, code } = await who.ask<Data>(query, variables));
    if (!data) await sleep(200);
  }
  if (!data) throw new Error(`Not answered within 30 s, ${code ?? ''}: ${query}`);
  return data;
}

interface Asked {
  question: Question;
  answer: Answer<object>;
  took: number;
}

/** Asks everything at once, and completes the next step. */
function askAll(who: Person, { variables, steps }: Things): Promise<Asked[]> {
  const given = { ...variables, step: steps.shift() };
  const stranger = new Person(who.url, who.email, who.password);
  return Promise.all(
    (Object.keys(questions) as Question[]).map(async (question) => {
      const at = Date.now();
      const asker = question === 'signing in' ? stranger : who;
      const answer = await asker.answer<object>(questions[question], given).catch((error: Error): Answer<object> => ({
        errors: [{ message: error.message, extensions: { code: error.name } }],
      }));
      return { question, answer, took: Date.now() - at };
    }),
  );
}
