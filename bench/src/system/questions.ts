import type { Known } from '../load/requests.js';
import type { Databases, Organisation, SignedIn } from './organisation.js';

/** A question of somebody's, with the answer that bare SQL has to it. */
export interface Question {
  readonly person: SignedIn;
  readonly variables: Readonly<Record<string, unknown>>;
  /** Where it is asked otherwise than the others. */
  readonly query?: string;
}

/** Something that people read: how they ask, and what the right answer is, in statements that know nothing of ours. */
export interface Read {
  readonly query: string;
  /** So many different questions of these people. */
  ask(at: Place, many: number): Promise<Question[]>;
  /** The answer as the databases have it, in the shape of the answer's data. */
  bare(at: Place, question: Question): Promise<unknown>;
}

/** Where is asked, and by whom. */
export interface Place {
  readonly organisation: Organisation;
  readonly databases: Databases;
  readonly people: readonly SignedIn[];
}

/** Heads and salespeople, as there are of each: all heads that lead most, and people without anybody below them. */
export async function readers(organisation: Organisation, many: number): Promise<Place> {
  const { people } = organisation.loaded;
  const [head, ...others] = people.filter(({ password }) => password !== '');
  const heads = others.filter(({ role }) => role === 'HEAD').slice(0, Math.ceil(many / 4));
  const sellers = others.filter(({ role }) => role === 'SALESPERSON').slice(0, many - heads.length - 1);
  const signedIn = await organisation.signedIn([head!, ...heads, ...sellers]);
  return { organisation, databases: organisation.databases, people: signedIn };
}

/**
 * Asks each question once and sets the answer beside that of the bare statements; answers them with the answers to the
 * letter, which is what every later answer must be. Throws where one is not the right one.
 */
export async function known(
  place: Place,
  read: Read,
  many: number,
): Promise<{ known: Known[]; questions: Question[] }> {
  const questions = await read.ask(place, many);
  const answers: Known[] = [];
  for (const question of questions) {
    const { person, variables, query = read.query } = question;
    const text = (await place.organisation.raw(person.token, query, variables)).trimEnd();
    const wanted = JSON.stringify({ data: await read.bare(place, question) });
    if (text !== wanted)
      throw new Error(
        `${JSON.stringify(variables)} asked by a ${person.role} was answered ${text.slice(0, 600)}, and should be ${wanted.slice(0, 600)}`,
      );
    answers.push({ body: JSON.stringify({ query, variables }), token: person.token, answer: text });
  }
  return { known: answers, questions };
}

/** An amount as the API shows it. */
export const money = (amount: string | null, currency: string | null) =>
  amount === null ? null : { amount: Number(amount), currency };

/** Names of people, by their ids. */
export async function owners({ identity }: Databases, ids: readonly string[]) {
  const { rows } = await identity.query<{ id: string; name: string }>({
    name: 'owners',
    text: 'select id, name from "user" where id = any($1::uuid[])',
    values: [[...new Set(ids)]],
  });
  return new Map(rows.map(({ id, name }) => [id, { name }]));
}
