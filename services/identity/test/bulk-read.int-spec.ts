import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AuditNoted, BulkReadNoticed, SessionEnded } from '@voronka/contracts';
import { Directory, newId } from '@voronka/service-kit';
import { AsyncResource } from 'node:async_hooks';
import { eventually } from '@voronka/testing';
import { BulkReadService } from '../src/bulk-read/bulk-read.service.js';
import { openHouse, type Hired, type House } from './house.js';

let house: House;
beforeAll(async () => {
  house = await openHouse();
}, 60_000);
afterAll(() => house.system.stop());

/** Runs something as if nobody had called it from within a transaction. */
let outside: <T>(work: () => T) => T;
beforeAll(() => {
  const resource = new AsyncResource('outside');
  outside = (work) => resource.runInAsyncScope(work);
});

/** Somebody whose only role lets him be shown so many records an hour. */
async function hireFor(rowsPerHour: number | null, endSessionOnBulkRead = false): Promise<Hired> {
  const { createRole } = await house.admin.get<{ createRole: { id: string } }>(
    'mutation ($input: CreateRoleInput!) { createRole(input: $input) { id } }',
    { input: { name: `Role ${newId()}`, grants: [], rowsPerHour, endSessionOnBulkRead } },
  );
  const hired = await house.hire();
  const change = 'mutation ($id: ID!, $input: UpdateUserInput!) { updateUser(id: $id, input: $input) { id } }';
  await house.admin.get(change, { id: hired.id, input: { roleIds: [createRole.id] } });
  const directory = house.system.service.app.get(Directory, { strict: false });
  await eventually(async () => {
    const organisation = await directory.now();
    const [roleId] = organisation.person(hired.id)?.roleIds ?? [];
    return roleId === createRole.id && organisation.rowsPerHour(hired.id) === rowsPerHour;
  });
  return hired;
}
const HOUR = '2026-03-02T09:00:00.000Z';
/** Another service tells that it has shown him so many. */
const shown = ({ id: personId }: Hired, rows: number, hour = HOUR) =>
  house.system.deliver(AuditNoted, newId(), {
    audit: { service: 'deals', entries: [], readings: [{ personId, hour, rows }] },
  });
const noticed = ({ id }: Hired) =>
  house.system
    .published(BulkReadNoticed)
    .map(({ data }) => data.bulkRead)
    .filter(({ userId }) => userId === id);
const total = async ({ id }: Hired): Promise<number> => {
  const { rows } = await house.system.service.database.query<{ rows: number }>({
    text: 'select rows from reading where person_id = $1',
    values: [id],
  });
  return rows[0]?.rows ?? 0;
};

describe('reading in bulk', () => {
  it('is noticed once, when what all services have shown together is what the role allows', async () => {
    const anna = await hireFor(1_000);
    await shown(anna, 600);
    await eventually(async () => (await total(anna)) === 600);
    expect(noticed(anna)).toEqual([]);
    await shown(anna, 500);
    await shown(anna, 400);
    await eventually(async () => (await total(anna)) === 1_500);
    await eventually(() => noticed(anna).length > 0);
    expect(noticed(anna)).toMatchObject([
      { rowsPerHour: 1_000, startsAt: HOUR, endsAt: '2026-03-02T10:00:00.000Z', sessionsEnded: false },
    ]);
  });

  it('is nothing where any number is allowed, or the hour is over', async () => {
    const [boris, vera] = [await hireFor(null), await hireFor(100)];
    await shown(boris, 1_000_000);
    await shown(vera, 1_000, '2026-03-02T08:00:00.000Z');
    await eventually(async () => (await total(boris)) > 0 && (await total(vera)) > 0);
    expect([...noticed(boris), ...noticed(vera)]).toEqual([]);
  });

  it('is added up by several at once, whichever of them has whom first', async () => {
    const [anna, boris] = [await hireFor(null), await hireFor(null)];
    const { database, app } = house.system.service;
    const service = app.get(BulkReadService, { strict: false });
    const add = ({ id: personId }: Hired) => service.add([{ personId, hour: HOUR, rows: 10 }]);
    const waiting = async () =>
      (
        await database.query({
          text: `select from pg_locks where not granted and pid in (select pid from pg_stat_activity where datname = current_database())`,
        })
      ).rowCount > 0;
    let other: Promise<void> | undefined;
    await database.transaction(async () => {
      await add(anna);
      // As another partition's batch, which is nothing of this transaction's.
      other = outside(() =>
        database.transaction(async () => {
          await add(boris);
          await add(anna);
        }),
      );
      await eventually(waiting);
      await add(boris);
    });
    await other;
    expect([await total(anna), await total(boris)]).toEqual([20, 20]);
  });

  it('ends the sessions where the role says so', async () => {
    const anna = await hireFor(100, true);
    const session = await house.signIn(anna.email, anna.password);
    await shown(anna, 100);
    await eventually(() => noticed(anna).length > 0);
    expect(noticed(anna)).toMatchObject([{ rows: 100, sessionsEnded: true }]);
    await eventually(() => house.system.published(SessionEnded).some(({ subject }) => subject === session.id));
    const asking = house.system.asker(anna.id, session.id);
    await eventually(async () => (await asking.refusal('{ sessions { id } }')).code === 'SESSION_ENDED');
    expect(await asking.refusal('{ sessions { id } }')).toMatchObject({ code: 'SESSION_ENDED' });
  });
});

describe('the budget of a role', () => {
  it('is shown and changed, and is at least one record', async () => {
    const make =
      'mutation ($input: CreateRoleInput!) { createRole(input: $input) { id rowsPerHour endSessionOnBulkRead } }';
    const input = { name: 'Trainee', grants: [], rowsPerHour: 500 };
    const { createRole } = await house.admin.get<{ createRole: { id: string } }>(make, { input });
    expect(createRole).toMatchObject({ rowsPerHour: 500, endSessionOnBulkRead: false });
    const change = `mutation ($id: ID!, $input: UpdateRoleInput!) {
      updateRole(id: $id, input: $input) { rowsPerHour endSessionOnBulkRead } }`;
    const to = (values: object) => ({ id: createRole.id, input: values });
    expect(await house.admin.get(change, to({ endSessionOnBulkRead: true }))).toEqual({
      updateRole: { rowsPerHour: 500, endSessionOnBulkRead: true },
    });
    expect(await house.admin.get(change, to({ rowsPerHour: null }))).toEqual({
      updateRole: { rowsPerHour: null, endSessionOnBulkRead: true },
    });
    expect(await house.admin.refusal(change, to({ rowsPerHour: 0 }))).toMatchObject({
      code: 'INVALID_NUMBER',
      field: 'input.rowsPerHour',
    });
  });
});
