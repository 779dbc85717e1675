import { v7 as newId } from 'uuid';

/** A question and how its answer is judged. */
export interface Request {
  readonly body: string;
  readonly token: string;
  /** The record it is about, where it matters when that was. */
  readonly key?: string;
  /** Whether the answer is the right one. */
  right(answer: string): boolean;
}

/** One of those who ask, with what he asks about. */
export interface Asker {
  readonly token: string;
  readonly ids: readonly string[];
}

/** A question whose one right answer is known, to the letter. */
export interface Known {
  readonly body: string;
  readonly token: string;
  readonly answer: string;
}

/** What is asked, again and again. */
export type Source =
  | { readonly kind: 'known'; readonly known: readonly Known[] }
  /** The same while others write: an answer begins as it did, and is whole. */
  | { readonly kind: 'alike'; readonly known: readonly Known[] }
  /** Of those who ask, the ids are companies they may name. */
  | { readonly kind: 'createDeal' | 'createContact' | 'createLead'; readonly askers: readonly Asker[] }
  /** Ids of open deals in the first of the stages. */
  | { readonly kind: 'moveDeal'; readonly askers: readonly Asker[]; readonly stages: readonly string[] }
  /** Ids of planned activities. */
  | { readonly kind: 'completeStep'; readonly askers: readonly Asker[] }
  /** Ids of leads, each of which is converted once. */
  | { readonly kind: 'convert'; readonly askers: readonly Asker[] }
  | { readonly kind: 'mixed'; readonly parts: readonly { readonly share: number; readonly source: Source }[] };

/** Gives the next question. Throws where there is nothing left to ask. */
export type Next = () => Request;

/** What is asked of a source, one after the other. */
export function requestsOf(source: Source): Next {
  switch (source.kind) {
    case 'known':
      return inTurn(
        source.known.map(({ body, token, answer }) => ({ body, token, right: (given) => given === answer })),
      );
    case 'alike':
      return inTurn(source.known.map(({ body, token, answer }) => ({ body, token, right: beginsAs(answer) })));
    case 'createDeal':
      return creating(source.askers, 'createDeal', 'CreateDealInput', (n, companyId) => ({
        ...{ title: `Forty units, part ${n}`, amount: { amount: 100_000 + (n % 900) * 100, currency: 'EUR' } },
        ...{ companyId, expectedCloseOn: '2031-05-01' },
      }));
    case 'createContact':
      return creating(source.askers, 'createContact', 'CreateContactInput', (n, companyId) => ({
        ...{ name: `Sophie Barnes ${n}`, phones: [`+44 20 7946 ${String(n % 10_000).padStart(4, '0')}`] },
        ...{ companyId, emails: [`sophie.${n}@example.com`] },
      }));
    case 'createLead':
      return creating(source.askers, 'createLead', 'CreateLeadInput', (n) => ({
        ...{ personName: `Farid Okafor ${n}`, source: 'web form', phones: ['+44 20 7946 0018'] },
      }));
    case 'moveDeal':
      return moving(source.askers, source.stages);
    case 'completeStep':
      return completing(source.askers);
    case 'convert':
      return converting(source.askers);
    case 'mixed':
      return mixed(source.parts.map(({ share, source: part }) => ({ share, next: requestsOf(part) })));
  }
}

function inTurn<T>(of: readonly T[]): () => T {
  if (of.length === 0) throw new Error('There is nothing to ask.');
  let n = 0;
  return () => of[n++ % of.length] as T;
}

const bodyOf = (query: string, variables: object): string => JSON.stringify({ query, variables });

/** How far an answer must be what it was while nobody wrote: a card to its id, a list to its first row. */
const SAME = 60;

function beginsAs(known: string): (answer: string) => boolean {
  const begin = known.slice(0, Math.min(SAME, known.indexOf('[') + 1 || SAME));
  return (answer) => answer.startsWith(begin) && answer.endsWith('}}') && !answer.includes('"errors"');
}

/** Records with ids of the client's choice, which the answer must repeat. */
function creating(
  askers: readonly Asker[],
  mutation: string,
  type: string,
  inputOf: (n: number, id: string | undefined) => object,
): Next {
  const query = `mutation ($input: ${type}!) { ${mutation}(input: $input) { id } }`;
  let n = 0;
  return () => {
    const id = newId();
    const { token, ids } = askers[n % askers.length]!;
    const body = bodyOf(query, { input: { id, ...inputOf(n, ids[n % Math.max(1, ids.length)]) } });
    n += 1;
    return {
      body,
      token,
      key: id,
      right: (answer) => answer === `{"data":{"${mutation}":{"id":"${id}"}}}`,
    };
  };
}

/** Everybody's things in one row, each with whom it belongs to, so that neighbours in it belong to several. */
function shuffled(askers: readonly Asker[]): { token: string; id: string }[] {
  const most = Math.max(...askers.map(({ ids }) => ids.length));
  return Array.from({ length: most }, (_, i) =>
    askers.flatMap(({ token, ids }) => (ids[i] === undefined ? [] : [{ token, id: ids[i] }])),
  ).flat();
}

/** Every deal to the second stage, then every one to the first, and so on. */
function moving(askers: readonly Asker[], stages: readonly string[]): Next {
  const deals = shuffled(askers);
  const query = 'mutation ($id: ID!, $stageId: ID!) { moveDeal(id: $id, stageId: $stageId) { id stage { id } } }';
  let n = 0;
  return () => {
    const { token, id } = deals[n % deals.length]!;
    const stageId = stages[(1 + Math.floor(n++ / deals.length)) % stages.length]!;
    const right = `{"data":{"moveDeal":{"id":"${id}","stage":{"id":"${stageId}"}}}}`;
    return { token, body: bodyOf(query, { id, stageId }), right: (answer) => answer === right };
  };
}

/** Each step that is completed leaves a next one, which is completed later. */
function completing(askers: readonly Asker[]): Next {
  const steps = shuffled(askers);
  const query =
    'mutation ($id: ID!, $next: NextStepInput) { completeActivity(id: $id, outcome: "Forty, by May", next: $next) { status next { id status } } }';
  const next = { kind: 'CALL', subject: 'Ask again', dueAt: '2031-01-01T09:00:00Z' };
  const wanted =
    /^\{"data":\{"completeActivity":\{"status":"COMPLETED","next":\{"id":"([\w-]{36})","status":"PLANNED"\}\}\}\}$/;
  let n = 0;
  return () => {
    const step = steps[n];
    if (!step) throw new Error('No planned step was left to complete.');
    steps[n++] = undefined as never;
    const right = (answer: string): boolean => {
      const id = wanted.exec(answer)?.[1];
      if (id !== undefined) steps.push({ ...step, id });
      return id !== undefined;
    };
    return { token: step.token, body: bodyOf(query, { id: step.id, next }), right };
  };
}

/** Each lead once. */
function converting(askers: readonly Asker[]): Next {
  const leads = shuffled(askers);
  const query = 'mutation ($id: ID!) { convertLead(id: $id, input: {}) { id status lead { id } } }';
  let n = 0;
  return () => {
    const lead = leads[n++];
    if (!lead) throw new Error('No lead was left to convert.');
    const right = (answer: string) => !answer.includes('"errors"') && answer.includes(`"lead":{"id":"${lead.id}"}`);
    return { token: lead.token, key: lead.id, body: bodyOf(query, { id: lead.id }), right };
  };
}

/** So much of each, evenly mixed: who is furthest behind his share is next. */
function mixed(parts: readonly { share: number; next: Next }[]): Next {
  const owed = parts.map(() => 0);
  const all = parts.reduce((sum, { share }) => sum + share, 0);
  return () => {
    parts.forEach(({ share }, i) => (owed[i]! += share / all));
    const i = owed.indexOf(Math.max(...owed));
    owed[i]! -= 1;
    return parts[i]!.next();
  };
}
