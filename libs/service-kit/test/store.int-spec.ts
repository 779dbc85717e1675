import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, serviceUnderTest, type Asker, type ServiceUnderTest } from '@voronka/testing';
import { newId, one, Store } from '../src/index.js';
import { Note, NoteCreated, NoteRenamed, notes, NoteTorn } from './note.js';

describe('the one way to write', () => {
  let system: ServiceUnderTest;
  let anna: Asker;
  let store: Store;
  const by = () => ({ id: anna.id, may: 'read' as const });
  const create = async (title: string) =>
    (
      await anna.get<{ createNote: { id: string } }>('mutation ($t: String!) { createNote(title: $t) { id } }', {
        t: title,
      })
    ).createNote.id;

  beforeAll(async () => {
    system = await serviceUnderTest(notes);
    anna = await system.person({ role: 'ADMINISTRATOR' });
    store = system.service.app.get(Store);
  });
  afterAll(() => system.stop());

  const load = async (id: string) => {
    const note = await store.find(by(), Note, id);
    if (!note) throw new Error('gone');
    return note;
  };

  it('saves a record and announces it with its state', async () => {
    const id = await create('first');
    const event = await eventually(() => system.published(NoteCreated).find((e) => e.subject === id));
    expect(event).toMatchObject({
      aggregateVersion: 1,
      actor: anna.id,
      data: { note: { id, title: 'first', rank: null, tags: [] } },
    });
    expect(event.recordedAt).toEqual(system.clock.now());
  });

  it('tells in an event what changed, from what to what', async () => {
    const id = await create('old title');
    await store.write(by(), { note: one(Note, id) }, ({ note }, now) => note.rename('new title', by(), now));
    const event = await eventually(() => system.published(NoteRenamed).find((e) => e.subject === id));
    expect(event.data.changes).toEqual({
      title: { from: 'old title', to: 'new title' },
      tags: { from: [], to: ['new title'] },
    });
    expect(event.aggregateVersion).toBe(2);
  });

  it('applies many changes of one record that wait at the same moment, none lost, each with its own version', async () => {
    const id = await create('busy');
    const titles = Array.from({ length: 50 }, (_, i) => `busy ${i}`);
    await Promise.all(
      titles.map((t) => store.write(by(), { note: one(Note, id) }, ({ note }, now) => note.rename(t, by(), now))),
    );
    const note = await load(id);
    expect(note.version).toBe(51);
    expect([...note.tags].sort()).toEqual([...titles].sort());
    const events = await eventually(() => {
      const of = system.published(NoteRenamed).filter((e) => e.subject === id);
      return of.length === 50 && of;
    });
    expect(events.map((e) => e.aggregateVersion)).toEqual(titles.map((_, i) => i + 2));
  });

  it('refuses one of many without a trace of it, and the others succeed', async () => {
    const id = await create('shared');
    const outcomes = await Promise.allSettled(
      ['a', 'refused', 'b'].map((t) =>
        store.write(by(), { note: one(Note, id) }, ({ note }, now) => note.rename(t, by(), now)),
      ),
    );
    expect(outcomes.map((o) => o.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await load(id)).toMatchObject({ version: 3, title: 'b', tags: ['a', 'b'] });
  });

  it('fails the one whose unique value is taken, and its neighbours in the same transaction succeed', async () => {
    await create('taken');
    const [a, b, c] = await Promise.all([create('one'), create('two'), create('three')]);
    const outcomes = await Promise.allSettled(
      [
        [a, 'uno'],
        [b, 'taken'],
        [c, 'tres'],
      ].map(([id = '', t = '']) =>
        store.write(by(), { note: one(Note, id) }, ({ note }, now) => note.rename(t, by(), now)),
      ),
    );
    expect(outcomes.map((o) => o.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(outcomes[1]).toMatchObject({ reason: { code: 'ALREADY_EXISTS', field: 'title' } });
    expect((await load(b)).title).toBe('two');
  });

  it('applies what waits at the same moment in somebody’s transaction together, and the one that fails leaves nothing', async () => {
    const [a, b, c] = await Promise.all([create('red'), create('green'), create('blue')]);
    const renaming = (id: string, title: string) =>
      store.write(by(), { note: one(Note, id) }, ({ note }, now) => note.rename(title, by(), now));
    const together = (...all: [id: string, title: string][]) =>
      system.service.database.transaction(() => Promise.allSettled(all.map(([id, title]) => renaming(id, title))));

    const done = await together([a, 'rouge'], [b, 'vert'], [a, 'rot'], [c, 'bleu']);
    expect(done.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'fulfilled']);
    expect(await load(a)).toMatchObject({ version: 3, title: 'rot' });

    const outcomes = await together([a, 'rosso'], [b, 'bleu'], [a, 'rojo']);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(outcomes[1]).toMatchObject({ reason: { code: 'ALREADY_EXISTS', field: 'title' } });
    expect((await Promise.all([a, b].map(load))).map(({ title }) => title)).toEqual(['rojo', 'vert']);
  });

  it('refuses a change that expects another version', async () => {
    const id = await create('versioned');
    const rename =
      'mutation ($id: ID!, $v: Int) { renameNote(id: $id, title: "again", expectedVersion: $v) { version } }';
    expect(await anna.refusal(rename, { id, v: 7 })).toMatchObject({ code: 'CONFLICT', field: 'expectedVersion' });
    expect(await anna.get(rename, { id, v: 1 })).toEqual({ renameNote: { version: 2 } });
  });

  it('says NOT_FOUND for a record that is not there', async () => {
    const rename = 'mutation ($id: ID!) { renameNote(id: $id, title: "x") { version } }';
    expect(await anna.refusal(rename, { id: newId() })).toMatchObject({ code: 'NOT_FOUND', field: 'id' });
  });

  it('removes a record whose event says it is gone', async () => {
    const id = await create('to tear');
    await store.write(by(), { note: one(Note, id) }, ({ note }, now) => note.tear(now));
    expect(await store.find(by(), Note, id)).toBeNull();
    await eventually(() => system.published(NoteTorn).some((e) => e.subject === id));
  });

  describe('a creation repeated under its id', () => {
    const mutation = 'mutation ($id: ID, $t: String!) { createNote(id: $id, title: $t) { id title version } }';

    it('answers the same record, also when both are asked at once', async () => {
      const id = newId();
      const answers = await Promise.all([1, 2, 3].map(() => anna.get(mutation, { id, t: 'retried' })));
      expect(answers).toEqual(Array(3).fill({ createNote: { id, title: 'retried', version: 1 } }));
      await eventually(() => system.published(NoteCreated).some((e) => e.subject === id));
      expect(system.published(NoteCreated).filter((e) => e.subject === id)).toHaveLength(1);
    });

    it('is refused with other content', async () => {
      const id = newId();
      await anna.get(mutation, { id, t: 'this' });
      expect(await anna.refusal(mutation, { id, t: 'that' })).toMatchObject({ code: 'CONFLICT', field: 'id' });
    });

    it('is refused under something that is no UUID of version 7', async () => {
      expect(await anna.refusal(mutation, { id: 'abc', t: 'x' })).toMatchObject({ code: 'INVALID_ID' });
    });
  });

  it('answers an import row by row, and a second run changes nothing', async () => {
    const rows = [
      { externalId: 'i:1', title: 'imported 1' },
      { externalId: 'i:2', title: '' },
      { externalId: 'i:3', title: 'imported 3' },
    ];
    const mutation =
      'mutation ($rows: [ImportNoteInput!]!) { importNotes(rows: $rows) { index outcome error { code field } } }';
    const run = async (r: object[]) => (await anna.get<{ importNotes: object[] }>(mutation, { rows: r })).importNotes;
    expect(await run(rows)).toEqual([
      { index: 0, outcome: 'CREATED', error: null },
      { index: 1, outcome: 'REFUSED', error: { code: 'TEXT_EMPTY', field: 'title' } },
      { index: 2, outcome: 'CREATED', error: null },
    ]);
    expect((await run(rows)).map((r) => (r as { outcome: string }).outcome)).toEqual([
      'UNCHANGED',
      'REFUSED',
      'UNCHANGED',
    ]);
    expect(
      await run([
        { externalId: 'i:\0', title: 'x' },
        { externalId: 'i:4', title: 'imported 4' },
      ]),
    ).toMatchObject([{ outcome: 'REFUSED' }, { outcome: 'CREATED' }]);
    const tooMany = Array.from({ length: 501 }, (_, i) => ({ externalId: `m:${i}`, title: `m ${i}` }));
    expect(await anna.refusal(mutation, { rows: tooMany })).toMatchObject({ code: 'TOO_MANY', field: 'rows' });
  });

  it('writes for people between the rows of an import', async () => {
    const rows = Array.from({ length: 500 }, (_, n) => ({ externalId: `between:${n}`, title: `between ${n}` }));
    let over = false;
    const imported = anna
      .get<{ importNotes: { outcome: string }[] }>(
        'mutation ($rows: [ImportNoteInput!]!) { importNotes(rows: $rows) { outcome } }',
        { rows },
      )
      .finally(() => (over = true));
    const between = async () => {
      const { rows: found } = await system.service.database.query<{ many: number }>({
        text: `select count(*)::int as many from note where external_id like 'between:%'`,
      });
      return found[0]!.many;
    };
    await eventually(async () => (await between()) > 0);
    await create('in between');
    expect(over).toBe(false);
    expect(await between()).toBeLessThan(250);
    const { importNotes } = await imported;
    expect(importNotes.map(({ outcome }) => outcome)).toEqual(rows.map(() => 'CREATED'));
  });

  describe('the door', () => {
    it('answers those who have not signed in only what is public', async () => {
      expect(await system.anonymous.get('{ hello }')).toEqual({ hello: 'hello' });
      expect(await system.anonymous.refusal('{ notes_ { nodes { id } } }')).toMatchObject({ code: 'UNAUTHENTICATED' });
    });

    it('refuses an operation that nobody gave a right', async () => {
      expect(await anna.refusal('{ forgotten }')).toMatchObject({ code: 'FORBIDDEN' });
    });

    it('refuses a role that holds no right, a person who is not active and a session that ended', async () => {
      const analyst = await system.person({ role: 'ANALYST' });
      expect(await analyst.refusal('mutation { createNote(title: "x") { id } }')).toMatchObject({ code: 'FORBIDDEN' });
      const gone = await system.person({ active: false });
      expect(await gone.refusal('{ notes_ { nodes { id } } }')).toMatchObject({ code: 'UNAUTHENTICATED' });
      const sessionId = newId();
      const signedOut = await system.person({ sessionId });
      await system.service.database.query({
        text: 'insert into directory_ended_session values ($1, now())',
        values: [sessionId],
      });
      expect(await signedOut.refusal('{ notes_ { nodes { id } } }')).toMatchObject({ code: 'SESSION_ENDED' });
    });

    it('notices that a session in use has ended, and that others have not', async () => {
      const sessionIds = [newId(), newId(), newId()];
      const people = await Promise.all(sessionIds.map((sessionId) => system.person({ sessionId })));
      const refused = () =>
        Promise.all(
          people.map(async (person) => (await person.ask('{ notes_ { nodes { id } } }')).errors !== undefined),
        );
      expect(await refused()).toEqual([false, false, false]);
      await system.service.database.query({
        text: 'insert into directory_ended_session values ($1, now())',
        values: [sessionIds[1]],
      });
      await eventually(async () => (await refused()).includes(true));
      expect(await refused()).toEqual([false, true, false]);
    });

    it('tells whoever it has not heard of yet to try again, instead of that he is nobody', async () => {
      const early = system.asker(newId());
      expect(await early.refusal('{ notes_ { nodes { id } } }')).toMatchObject({ code: 'UNAVAILABLE' });
    }, 20_000);

    it('answers a reference only to those who are signed in', async () => {
      const reference = 'query ($of: [_Any!]!) { _entities(representations: $of) { ... on Note { title } } }';
      const of = [{ __typename: 'Note', id: await create('referred to') }];
      expect(await anna.get(reference, { of })).toEqual({ _entities: [{ title: 'referred to' }] });
      expect(await system.anonymous.refusal(reference, { of })).toMatchObject({ code: 'UNAUTHENTICATED' });
      const gone = await system.person({ active: false });
      expect(await gone.refusal(reference, { of })).toMatchObject({ code: 'UNAUTHENTICATED' });
    });

    it('answers references in their order by one call, null for what is not there, and tells a fault of each', async () => {
      const text = 'query ($of: [_Any!]!) { _entities(representations: $of) { ... on Note { title } } }';
      const ask = (ids: readonly string[]) => anna.ask(text, { of: ids.map((id) => ({ __typename: 'Note', id })) });
      const [first, second] = [await create('referred to first'), await create('referred to second')];
      const twice = [
        { title: 'referred to second' },
        null,
        { title: 'referred to first' },
        { title: 'referred to second' },
      ];
      // The second time as compiled code.
      for (let n = 0; n < 3; n++)
        expect((await ask([second, newId(), first, second])).data).toEqual({ _entities: twice });
      for (let n = 0; n < 3; n++)
        expect(await ask([first, 'nonsense'])).toMatchObject({
          data: { _entities: [null, null] },
          errors: [0, 1].map((place) => ({ path: ['_entities', place], extensions: { code: 'INVALID_ID' } })),
        });
    });

    it('accepts nothing without the identity that the gateway signs', async () => {
      const response = await fetch(system.service.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query: '{ _service { sdl } }' }),
      });
      expect(response.status).toBe(401);
      expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
    });
  });
});
