import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AuditNoted } from '@voronka/contracts';
import { ANONYMOUS, newId } from '@voronka/service-kit';
import { eventually, serviceUnderTest, type Asker, type ServiceUnderTest } from '@voronka/testing';
import { NoteCreated, notes } from './note.js';

const CREATE = 'mutation ($t: String!) { createNote(title: $t) { title } }';
const RENAME = 'mutation ($id: ID!, $t: String!) { renameNote(id: $id, title: $t) { title } }';
const HELLO = '{ hello }';

let system: ServiceUnderTest;
let anna: Asker;
let boris: Asker;
beforeAll(async () => {
  system = await serviceUnderTest(notes);
  [anna, boris] = [await system.person(), await system.person()];
});
afterAll(() => system.stop());

interface Sent {
  readonly by?: Asker;
  readonly headers?: object;
  readonly query: string;
  readonly variables?: object;
}
const post = (body: unknown) =>
  fetch(new URL('/operations', system.service.url), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
const sent = async (operations: readonly Sent[]) =>
  post(
    await Promise.all(
      operations.map(async ({ by, headers, ...operation }) => ({
        headers: { ...(by && { authorization: await by.authorization() }), ...headers },
        ...operation,
      })),
    ),
  );
const inPlaces = (text: string) => {
  const answers: unknown[] = [];
  for (const line of text.trim().split('\n')) {
    const [place = ''] = line.split(' ');
    answers[Number(place)] = JSON.parse(line.slice(place.length)) as unknown;
  }
  return answers;
};
const ask = async (...operations: Sent[]) => inPlaces(await (await sent(operations)).text());
const refused = (code: string) => ({
  errors: [expect.objectContaining({ extensions: expect.objectContaining({ code }) })],
});

describe('operations that come in one request', () => {
  it('are each done as whom they name, under the correlation id they name', async () => {
    const ids = [newId(), newId()];
    const operation = (by: Asker, i: number) => ({
      by,
      headers: { 'x-correlation-id': ids[i] },
      query: CREATE,
      variables: { t: `of ${by.id}` },
    });
    await ask(operation(anna, 0), operation(boris, 1));
    await eventually(() => system.published(NoteCreated).length >= 2);
    const told = system
      .published(NoteCreated)
      .map(({ actor, correlationId, data }) => [actor, correlationId, JSON.stringify(data).includes(`of ${actor}`)]);
    expect(told.sort()).toEqual(
      [
        [anna.id, ids[0], true],
        [boris.id, ids[1], true],
      ].sort(),
    );
  });

  it('are refused one by one where nothing signs them, where another service is meant, and where nobody is signed in', async () => {
    const elsewhere = `Bearer ${await system.identity(anna.id, { audience: 'deals' })}`;
    const nobody = `Bearer ${await system.identity(ANONYMOUS)}`;
    const create = (headers: object) => ({ headers, query: CREATE, variables: { t: newId() } });
    const answers = await ask(
      create({}),
      create({ authorization: elsewhere }),
      create({ authorization: nobody }),
      { query: HELLO },
      { by: anna, query: HELLO },
    );
    expect(answers).toEqual([
      refused('UNAUTHENTICATED'),
      refused('UNAUTHENTICATED'),
      { data: null, ...refused('UNAUTHENTICATED') },
      refused('UNAUTHENTICATED'),
      { data: { hello: 'hello' } },
    ]);
  });

  it('are not signed by a header of the request', async () => {
    const response = await fetch(new URL('/operations', system.service.url), {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: await anna.authorization() },
      body: JSON.stringify([{ query: HELLO }]),
    });
    expect(inPlaces(await response.text())).toEqual([refused('UNAUTHENTICATED')]);
  });

  it('fail one by one', async () => {
    const answers = await ask(
      { by: anna, query: '{ nothing }' },
      { by: anna, query: CREATE, variables: { t: 7 } },
      { by: anna, query: '{' },
      { by: anna, query: HELLO },
    );
    expect(answers).toEqual([
      refused('INVALID_QUERY'),
      refused('INVALID_VALUE'),
      refused('INVALID_QUERY'),
      { data: { hello: 'hello' } },
    ]);
  });

  it('are answered alike whether they come for the first time or again, and what is refused is taken down each time', async () => {
    const nobody = `Bearer ${await system.identity(ANONYMOUS)}`;
    const analyst = await system.person({ role: 'ANALYST' });
    const operations: Sent[] = [
      { by: anna, query: '{ hello again: hello }' },
      {
        by: anna,
        query: 'query ($t: String!) { notes_(filter: { title: { eq: $t } }) { totalCount } }',
        variables: { t: 7 },
      },
      { by: anna, query: `${RENAME} # again`, variables: { id: newId(), t: 'gone' } },
      { headers: { authorization: nobody }, query: '{ hello notes_ { totalCount } }' },
      { by: analyst, query: CREATE, variables: { t: 'not his to write' } },
    ];
    const [first, ...others] = [await ask(...operations), await ask(...operations), await ask(...operations)];
    expect(first).toEqual([
      { data: { hello: 'hello', again: 'hello' } },
      refused('INVALID_VALUE'),
      { data: null, ...refused('NOT_FOUND') },
      { data: null, ...refused('UNAUTHENTICATED') },
      { data: null, ...refused('FORBIDDEN') },
    ]);
    expect(others).toEqual([first, first]);
    const forbidden = () =>
      system
        .published(AuditNoted)
        .flatMap(({ data }) => data.audit.entries)
        .filter(({ personId, code }) => personId === analyst.id && code === 'FORBIDDEN');
    await eventually(() => forbidden().length === 3);
  });

  it('are answered as each is done: the quick one does not wait for the slow one', async () => {
    const id = newId();
    await anna.get('mutation ($id: ID!) { createNote(id: $id, title: "to be held") { id } }', { id });
    const { database } = system.service;
    await database.transaction(async () => {
      await database.query({ text: 'select 1 from note where id = $1 for update', values: [id] });
      const response = await database.outside(() =>
        sent([
          { by: anna, query: RENAME, variables: { id, t: 'held' } },
          { by: boris, query: HELLO },
        ]),
      );
      const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
      expect((await reader.read()).value).toBe('1 {"data":{"hello":"hello"}}\n');
      reader.releaseLock();
    });
    expect(
      (await anna.get<{ notes_: object }>('{ notes_(filter: { title: { eq: "held" } }) { nodes { title } } }')).notes_,
    ).toBeDefined();
  });

  it('are a list of at most a hundred', async () => {
    const many = Array.from({ length: 101 }, () => ({ query: HELLO }));
    const answers = await Promise.all([post({ query: HELLO }), post([]), post(many), post('[')]);
    expect(answers.map(({ status }) => status)).toEqual([400, 400, 400, 400]);
  });
});
