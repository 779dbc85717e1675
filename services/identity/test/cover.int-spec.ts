import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CoverArranged, CoverEnded } from '@voronka/contracts';
import { newId } from '@voronka/service-kit';
import { eventually } from '@voronka/testing';
import { openHouse, type Hired, type House } from './house.js';

const ARRANGE = `mutation ($input: ArrangeCoverInput!) {
  arrangeCover(input: $input) { id owner { id } substitute { id } startsAt endsAt } }`;
const END = 'mutation ($id: ID!) { endCover(id: $id) { id endsAt version } }';
const COVERS = 'query ($of: ID!) { covers(filter: { ownerId: { eq: $of } }) { nodes { substitute { id } } } }';
const endsAt = '2026-03-20T00:00:00.000Z';

interface Arranged {
  arrangeCover: { id: string; owner: { id: string }; substitute: { id: string }; startsAt: string };
}

describe('covers', () => {
  let house: House;
  let [anna, boris, vera, head]: Hired[] = [];

  beforeAll(async () => {
    house = await openHouse();
    const teamId = await house.createTeam('West');
    anna = await house.hire({ name: 'Anna', teamId });
    boris = await house.hire({ name: 'Boris', teamId });
    vera = await house.hire({ name: 'Vera' });
    head = await house.hire({ name: 'Wanda', teamId, role: 'HEAD' });
    // The last of them is known to the directory, and so are the others.
    await eventually(async () => (await head!.asker.ask('{ roles { nodes { id } } }')).data !== null);
  }, 60_000);
  afterAll(() => house.system.stop());

  it('are arranged for oneself, known to everybody, announced, and ended', async () => {
    const { arrangeCover: cover } = await anna!.asker.get<Arranged>(ARRANGE, {
      input: { substituteId: boris!.id, endsAt },
    });
    expect(cover).toEqual({
      id: cover.id,
      owner: { id: anna!.id },
      substitute: { id: boris!.id },
      startsAt: house.system.clock.now().toISOString(),
      endsAt,
    });
    expect(await vera!.asker.get(COVERS, { of: anna!.id })).toEqual({
      covers: { nodes: [{ substitute: { id: boris!.id } }] },
    });
    expect(await vera!.asker.refusal(END, { id: cover.id })).toMatchObject({ code: 'FORBIDDEN' });
    const { endCover: ended } = await anna!.asker.get<{ endCover: object }>(END, { id: cover.id });
    expect(ended).toMatchObject({ endsAt: house.system.clock.now().toISOString(), version: 2 });
    expect((await anna!.asker.get<{ endCover: object }>(END, { id: cover.id })).endCover).toEqual(ended);
    await eventually(() => house.system.published(CoverEnded).length === 1);
    expect(house.system.published(CoverArranged)[0]!.data.cover).toMatchObject({ ownerId: anna!.id, endsAt });
  });

  it('are arranged by a head for those he leads, and by nobody for others', async () => {
    const for_ = (ownerId: string) => ({ input: { ownerId, substituteId: vera!.id, endsAt } });
    expect((await head!.asker.get<Arranged>(ARRANGE, for_(anna!.id))).arrangeCover.owner.id).toBe(anna!.id);
    expect(await boris!.asker.refusal(ARRANGE, for_(anna!.id))).toMatchObject({
      code: 'FORBIDDEN',
      field: 'input.ownerId',
    });
    const stranger = { input: { ownerId: vera!.id, substituteId: anna!.id, endsAt } };
    expect(await head!.asker.refusal(ARRANGE, stranger)).toMatchObject({ code: 'FORBIDDEN' });
  });

  it('are not made twice by a repeated call', async () => {
    const input = { id: newId(), substituteId: vera!.id, endsAt };
    const first = await boris!.asker.get(ARRANGE, { input });
    expect(await boris!.asker.get(ARRANGE, { input })).toEqual(first);
  });

  it('are refused to people who are not here', async () => {
    const gone = await house.hire();
    await house.admin.get('mutation ($id: ID!) { updateUser(id: $id, input: { active: false }) { id } }', {
      id: gone.id,
    });
    for (const substituteId of [newId(), gone.id])
      await eventually(async () => {
        const { data, errors } = await anna!.asker.ask(ARRANGE, { input: { substituteId, endsAt } });
        return data === null && errors![0]!.extensions.code === 'OWNER_NOT_FOUND';
      });
    expect(await anna!.asker.refusal(ARRANGE, { input: { substituteId: newId(), endsAt } })).toMatchObject({
      code: 'OWNER_NOT_FOUND',
      field: 'input.substituteId',
    });
  });
});
