import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  ContactCreated,
  ContactWithdrawn,
  UserCreated,
  UserUpdated,
  type EventDeclaration,
  type Received,
} from '@voronka/contracts';
import { eventually, serviceUnderTest, type ServiceUnderTest } from '@voronka/testing';
import { Clock, Directory, newId } from '../src/index.js';
import { DirectoryConsumer } from '../src/directory/directory.consumer.js';
import { notes } from './note.js';

/** Of the service under test. */
const CONNECTIONS = 6;

describe('what a service keeps of people and of records elsewhere', () => {
  let system: ServiceUnderTest;
  const rows = async (text: string, ...values: unknown[]) =>
    (await system.service.database.query({ text, values })).rows;

  beforeAll(async () => {
    system = await serviceUnderTest({ ...notes, references: ['contact'] });
  });
  afterAll(() => system.stop());

  const user = (id: string, name: string, version: number) => {
    const state = { id, name, email: 'a@b.example', teamId: null, roleIds: [newId()], active: true };
    return { subject: id, aggregateVersion: version, data: { user: state } } as Received<never>;
  };
  const names = async (...ids: string[]) =>
    (await rows('select name from directory_user where id = any($1) order by name', ids)).map(({ name }) => name);

  it('is, of a batch of several people, each as after his last event', async () => {
    const people = system.service.app.get(DirectoryConsumer);
    const [anna, boris] = [newId(), newId()];
    await people.users([user(anna, 'Anna', 1), user(boris, 'Boris', 1), user(anna, 'Anna P.', 2)]);
    expect(await names(anna, boris)).toEqual(['Anna P.', 'Boris']);
    await people.users([user(anna, 'Anna', 1), user(boris, 'Boris B.', 2)]);
    expect(await names(anna, boris)).toEqual(['Anna P.', 'Boris B.']);
  });

  it('comes from their events on the topics', async () => {
    const id = newId();
    const { user: state } = user(id, 'Vera', 1).data as { user: never };
    await system.deliver(UserCreated, id, { user: state });
    await system.deliver(UserUpdated, id, { user: { ...(state as object), name: 'Vera V.' } as never }, { version: 2 });
    await eventually(async () => (await names(id))[0] === 'Vera V.');
    expect(await names(id)).toEqual(['Vera V.']);
  });

  it('is told in transactions though every connection is theirs, and somebody outside waits for one to ask the same', async () => {
    const { app, database } = system.service;
    // Nobody has asked it before.
    const directory = new Directory(database, app.get(Clock));
    const gate = () => {
      let open = () => {};
      const opened = new Promise<void>((resolve) => (open = resolve));
      return { open, opened };
    };
    const [everyConnection, askedOutside] = [gate(), gate()];
    let begun = 0;
    const transactions = Array.from({ length: CONNECTIONS }, () =>
      database.transaction(async () => {
        await database.query({ text: 'select 1' });
        if (++begun === CONNECTIONS) everyConnection.open();
        await askedOutside.opened;
        return directory.now();
      }),
    );
    await everyConnection.opened;
    const outside = directory.now();
    askedOutside.open();
    expect(await Promise.all([outside, ...transactions])).toHaveLength(CONNECTIONS + 1);
  });

  it('has a reference from the record’s first event to the one that withdraws it', async () => {
    const [kept, gone] = [newId(), newId()];
    const tell = (declaration: EventDeclaration, id: string, version: number) =>
      system.deliver(declaration, id, { contact: contact(id) }, { version });
    const known = async () =>
      (await rows('select id from reference where id = any($1)', [kept, gone])).map(({ id }) => id);
    await tell(ContactCreated, gone, 1);
    await eventually(async () => (await known()).length === 1);
    await tell(ContactWithdrawn, gone, 2);
    await tell(ContactCreated, kept, 1);
    await eventually(async () => (await known())[0] === kept);
    expect(await known()).toEqual([kept]);
  });
});

const contact = (id: string) => ({
  ...{ id, name: 'Somebody', position: null, companies: [], phones: [], emails: [], address: null, note: null },
  ...{ ownerId: newId(), leadId: null },
});
