import { describe, expect, it } from '@jest/globals';
import { TeamCreated, TeamUpdated, type Actor } from '@voronka/contracts';
import { CrmRecord } from '@voronka/service-kit/record';
import { User } from '../user/user.js';
import { Team } from './team.js';

const now = new Date('2026-03-02T09:00:00.000Z');
const by: Actor = { id: '0190a8f2-7c1e-7d44-9b60-3c5f0e6a1b2d', may: 'anything' };
const idOf = (n: number) => `0190a8f2-7c1e-7d44-9b60-00000000000${n}`;
const nobody = { above: [], head: null };

function team(n: number, parent: Team | null = null): Team {
  const content = { name: `Team ${n}`, parentId: parent?.id ?? null, headId: null };
  const [event] = Team.found(idOf(n), content, { above: parent ? [parent] : [], head: null }, by, now);
  return event?.record as Team;
}
const person = (active: boolean) => Object.assign(CrmRecord.born(User, idOf(9), null, now), { active });

describe('a team', () => {
  it('joins the tree below another', () => {
    const top = team(1);
    const content = { name: 'North', parentId: top.id, headId: null };
    const [event] = Team.found(idOf(2), content, { above: [top], head: null }, by, now);
    expect(event).toMatchObject({ declaration: TeamCreated, data: { team: { id: idOf(2), ...content } } });
  });

  it('is led by someone active', () => {
    const north = team(1);
    const refusal = expect.objectContaining({ code: 'OWNER_NOT_FOUND', field: 'input.headId' });
    expect(() => north.change({ headId: idOf(9) }, nobody, now)).toThrow(refusal);
    expect(() => north.change({ headId: idOf(9) }, { above: [], head: person(false) }, now)).toThrow(refusal);
    const [event] = north.change({ headId: idOf(9) }, { above: [], head: person(true) }, now);
    expect(event).toMatchObject({
      declaration: TeamUpdated,
      data: { changes: { headId: { from: null, to: idOf(9) } } },
    });
  });

  it('keeps a head who left while something else changes', () => {
    const north = Object.assign(team(1), { headId: idOf(9) });
    expect(north.change({ name: 'North' }, nobody, now)).toHaveLength(1);
  });

  it('does not lie below a team that is not there', () => {
    expect(() => team(1).change({ parentId: idOf(5) }, nobody, now)).toThrow(
      expect.objectContaining({ code: 'TEAM_NOT_FOUND', field: 'input.parentId' }),
    );
  });

  it('does not lie below itself, at any depth', () => {
    const top = team(1);
    const middle = team(2, top);
    const leaf = team(3, middle);
    const refusal = expect.objectContaining({ code: 'TEAM_CYCLE', field: 'input.parentId' });
    expect(() => top.change({ parentId: top.id }, { above: [top], head: null }, now)).toThrow(refusal);
    expect(() => top.change({ parentId: leaf.id }, { above: [leaf, middle, top], head: null }, now)).toThrow(refusal);
    expect(top.parentId).toBeNull();
  });

  it('is not moved on the word of a tree that changed meanwhile', () => {
    const middle = team(2, team(1));
    expect(() => team(3).change({ parentId: middle.id }, { above: [middle], head: null }, now)).toThrow(
      expect.objectContaining({ code: 'CONFLICT' }),
    );
  });

  it('moves to the top and says nothing where nothing changes', () => {
    const middle = team(2, team(1));
    expect(middle.change({ parentId: null }, nobody, now)).toHaveLength(1);
    expect(middle.change({ parentId: null, name: 'Team 2' }, nobody, now)).toEqual([]);
  });
});
