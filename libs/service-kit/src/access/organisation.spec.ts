import { describe, expect, it } from '@jest/globals';
import { shippedRoles, type Grant, type Scope, type ShippedRole } from '@voronka/contracts';
import { Organisation, type Person, type Role, type Team } from './organisation.js';

const team = (id: string, parentId: string | null = null, headId: string | null = null): Team => ({
  id,
  parentId,
  headId,
});
const person = (id: string, teamId: string | null, ...roles: ShippedRole[]): Person => ({
  ...{ id, name: id, teamId, active: true },
  roleIds: roles.map((role) => shippedRoles[role].id),
});
const shipped: Role[] = Object.values(shippedRoles).map(({ id, grants }) => ({ id, grants }));

/** sales ─ west (headed by Wanda, who sits in sales) ─ west one; sales ─ east. */
const teams = [team('sales'), team('west', 'sales', 'wanda'), team('west one', 'west'), team('east', 'sales')];
const people = [
  person('boss', 'sales', 'HEAD_OF_SALES'),
  person('wanda', 'sales', 'HEAD'),
  person('anna', 'west', 'HEAD'),
  person('boris', 'west one', 'SALESPERSON'),
  person('vera', 'east', 'SALESPERSON'),
  person('gleb', null, 'SALESPERSON'),
  person('nobody', 'west'),
];
const all = people.map(({ id }) => id);
const sees = (of: Organisation, id: string, entity: 'deal' | 'pipeline' = 'deal') => {
  const reach = of.reach(id, 'read', entity);
  return all.filter((owner) => reach.includes(owner));
};

describe('who sees whose records', () => {
  const organisation = new Organisation(people, teams, shipped);

  it.each([
    ['boss', all],
    // The branch of the team she heads and of the one she is in.
    ['wanda', all.filter((id) => id !== 'gleb')],
    ['anna', ['anna', 'boris', 'nobody']],
    ['boris', ['boris']],
    ['vera', ['vera']],
    ['gleb', ['gleb']],
    ['nobody', []],
    ['a stranger', []],
  ])('%s sees those of %j', (id, owners) => {
    expect(sees(organisation, id)).toEqual(owners);
  });

  it('everybody with the right sees what nobody owns', () => {
    expect(sees(organisation, 'boris', 'pipeline')).toEqual(all);
    expect(sees(organisation, 'nobody', 'pipeline')).toEqual([]);
  });

  it('nobody sees anything once he has left, though his records are seen by others', () => {
    const left = new Organisation(
      people.map((p) => (p.id === 'boris' ? { ...p, active: false } : p)),
      teams,
      shipped,
    );
    expect(sees(left, 'boris')).toEqual([]);
    expect(sees(left, 'anna')).toContain('boris');
  });

  it('follows a person into another team, and a team to another place', () => {
    const moved = new Organisation(
      people.map((p) => (p.id === 'vera' ? { ...p, teamId: 'west one' } : p)),
      teams.map((t) => (t.id === 'west' ? { ...t, parentId: 'east' } : t)),
      shipped,
    );
    expect(sees(moved, 'anna')).toEqual(['anna', 'boris', 'vera', 'nobody']);
  });

  it('is ended by a cycle in the tree', () => {
    const round = new Organisation(people, [team('sales', 'west one'), ...teams.slice(1)], shipped);
    expect(sees(round, 'boss')).toEqual(all);
    expect(sees(round, 'anna').length).toBeGreaterThan(0);
  });

  it.each<[Scope, string[]]>([
    ['OWN', ['anna']],
    ['TEAM', ['anna', 'nobody']],
    ['BRANCH', ['anna', 'boris', 'nobody']],
    ['ALL', all],
  ])('by a grant of scope %s', (scope, owners) => {
    const grants: Grant[] = [{ entity: 'deal', action: 'read', scope }];
    const others = people.filter(({ id }) => id !== 'anna');
    const organisation = new Organisation([...others, { ...people[2]!, roleIds: ['r'] }], teams, [{ id: 'r', grants }]);
    expect(sees(organisation, 'anna')).toEqual(owners);
  });

  it('by the widest of several roles', () => {
    const widest = new Organisation([person('vera', 'east', 'SALESPERSON', 'ANALYST')], teams, shipped);
    expect([widest.scope('vera', 'read', 'deal'), widest.scope('vera', 'win', 'deal')]).toEqual(['ALL', 'OWN']);
  });
});

describe('who asks by a key', () => {
  const organisation = new Organisation(people, teams, shipped);
  const { HEAD, SALESPERSON, ANALYST, ADMINISTRATOR } = shippedRoles;
  const sees = (id: string, roleId: string, of = organisation) => {
    const reach = of.reach(id, 'read', 'deal', roleId);
    return all.filter((owner) => reach.includes(owner));
  };

  it('sees no more than the role of the key lets him, and no more than he sees himself', () => {
    expect(sees('anna', SALESPERSON.id)).toEqual(['anna']);
    expect(sees('boris', ANALYST.id)).toEqual(['boris']);
    expect(sees('anna', HEAD.id)).toEqual(['anna', 'boris', 'nobody']);
    expect(sees('anna', 'a role that is gone')).toEqual([]);
  });

  it('does only what both may', () => {
    expect(organisation.scope('anna', 'update', 'deal', ANALYST.id)).toBeNull();
    expect(organisation.scope('anna', 'update', 'deal', SALESPERSON.id)).toBe('OWN');
    expect(organisation.scope('anna', 'manage', 'user', ADMINISTRATOR.id)).toBeNull();
    expect(organisation.grants('anna', SALESPERSON.id)).not.toContainEqual(
      expect.objectContaining({ entity: 'deal', scope: 'BRANCH' }),
    );
  });

  it('is told from himself and from another key of his', () => {
    const reachOf = (roleId?: string) => organisation.reach('anna', 'read', 'deal', roleId);
    expect([reachOf().includes('boris'), reachOf(SALESPERSON.id).includes('boris')]).toEqual([true, false]);
    expect([reachOf(HEAD.id).includes('boris'), reachOf().includes('boris')]).toEqual([true, true]);
  });

  it('loses with his own rights what the key could do, and all of it when he leaves', () => {
    const less = people.map((p) => (p.id === 'anna' ? person('anna', 'west', 'SALESPERSON') : p));
    expect(sees('anna', HEAD.id, new Organisation(less, teams, shipped))).toEqual(['anna']);
    const left = people.map((p) => (p.id === 'anna' ? { ...p, active: false } : p));
    expect(sees('anna', HEAD.id, new Organisation(left, teams, shipped))).toEqual([]);
  });
});

describe('a reach as a condition', () => {
  const conditionOf = (of: Organisation, id: string) => {
    const values: unknown[] = [];
    return { text: of.reach(id, 'read', 'deal').condition('t.owner_id', (value) => `$${values.push(value)}`), values };
  };

  it('is none for everybody’s, and false for nobody’s', () => {
    const organisation = new Organisation(people, teams, shipped);
    expect(conditionOf(organisation, 'boss')).toEqual({ text: 'true', values: [] });
    expect(conditionOf(organisation, 'nobody')).toEqual({ text: 'false', values: [] });
  });

  it('names the people where they are few, and their teams where they are many', () => {
    const organisation = new Organisation(people, teams, shipped);
    expect(conditionOf(organisation, 'boris')).toEqual({
      text: 't.owner_id = any($1::uuid[])',
      values: [['boris']],
    });
    const crowd = Array.from({ length: 101 }, (_, n) => person(`p${n}`, 'west one', 'SALESPERSON'));
    const { text, values } = conditionOf(new Organisation([...people, ...crowd], teams, shipped), 'anna');
    expect(text).toContain('exists (select from directory_user');
    expect(values).toEqual(['anna', ['west', 'west one']]);
  });
});
