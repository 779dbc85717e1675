import { describe, expect, it } from '@jest/globals';
import { shippedRoles, type Grant, type Power, type Scope, type ShippedRole } from '@voronka/contracts';
import { Organisation, type Person, type Role, type Team } from './organisation.js';
import { asCondition, everybodys } from './reach.js';

const team = (id: string, parentId: string | null = null, headId: string | null = null): Team => ({
  id,
  parentId,
  headId,
});
const person = (id: string, teamId: string | null, ...roles: ShippedRole[]): Person => ({
  ...{ id, name: id, teamId, active: true },
  roleIds: roles.map((role) => shippedRoles[role].id),
});
const shipped: readonly Role[] = Object.values(shippedRoles);

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
  return all.filter((ownerId) => reach.includes({ ownerId }));
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
    const organisation = new Organisation([...others, { ...people[2]!, roleIds: ['r'] }], teams, [
      { id: 'r', grants, pipelines: null, fields: [] },
    ]);
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
    return all.filter((ownerId) => reach.includes({ ownerId }));
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
    expect(organisation.powers('anna', SALESPERSON.id).flatMap(({ grants }) => grants)).not.toContainEqual(
      expect.objectContaining({ entity: 'deal', scope: 'BRANCH' }),
    );
  });

  it('is told from himself and from another key of his', () => {
    const boris = { ownerId: 'boris' };
    const reachOf = (roleId?: string) => organisation.reach('anna', 'read', 'deal', roleId);
    expect([reachOf().includes(boris), reachOf(SALESPERSON.id).includes(boris)]).toEqual([true, false]);
    expect([reachOf(HEAD.id).includes(boris), reachOf().includes(boris)]).toEqual([true, true]);
  });

  it('loses with his own rights what the key could do, and all of it when he leaves', () => {
    const less = people.map((p) => (p.id === 'anna' ? person('anna', 'west', 'SALESPERSON') : p));
    expect(sees('anna', HEAD.id, new Organisation(less, teams, shipped))).toEqual(['anna']);
    const left = people.map((p) => (p.id === 'anna' ? { ...p, active: false } : p));
    expect(sees('anna', HEAD.id, new Organisation(left, teams, shipped))).toEqual([]);
  });
});

describe('who stands in for somebody', () => {
  const organisation = new Organisation(people, teams, shipped, [
    { ownerId: 'anna', substituteId: 'vera' },
    { ownerId: 'vera', substituteId: 'gleb' },
    { ownerId: 'boris', substituteId: 'wanda' },
    { ownerId: 'boris', substituteId: 'nobody' },
  ]);

  it('sees what that person owns beside what is his, and not what others own for whom she stands in or whom she leads', () => {
    expect(sees(organisation, 'vera')).toEqual(['anna', 'vera']);
    expect(sees(organisation, 'gleb')).toEqual(['vera', 'gleb']);
  });

  it('does with it what his own roles allow', () => {
    const mayAssign = (id: string) => organisation.reach(id, 'assign', 'deal').includes({ ownerId: 'anna' });
    expect([mayAssign('vera'), mayAssign('gleb')]).toEqual([true, false]);
    expect(sees(organisation, 'nobody')).toEqual([]);
  });

  it('has no part in that person’s reports and covers', () => {
    const reaches = (['report', 'cover'] as const).map((entity) => organisation.reach('vera', 'create', entity));
    expect(reaches.map((reach) => reach.includes({ ownerId: 'anna' }))).toEqual([false, false]);
  });

  it('also where he sees many', () => {
    const crowd = (team: string) => Array.from({ length: 251 }, (_, n) => person(`${team} ${n}`, team, 'SALESPERSON'));
    const crowds = ['west one', 'east'].flatMap(crowd);
    const many = new Organisation([...people, ...crowds], teams, shipped, [{ ownerId: 'vera', substituteId: 'anna' }]);
    const values: unknown[] = [];
    asCondition(many.reach('anna', 'read', 'deal'), { owner: 'owner_id' }, (value) => `$${values.push(value)}`);
    expect(values).toEqual(['{anna,vera}', '{west,west one}']);
  });
});

describe('a record that is shared', () => {
  const organisation = new Organisation(people, teams, shipped);
  const may = (action: 'read' | 'update' | 'assign' | 'share', share: object) =>
    all.filter((id) => organisation.reach(id, action, 'deal').includes({ ownerId: 'somebody else', ...share }));
  const anybody = ['boss'];

  it('is seen by the person it is shared with', () => {
    expect(may('read', { sharedToRead: ['vera'] })).toEqual([...anybody, 'vera']);
    expect(may('update', { sharedToRead: ['vera'] })).toEqual(anybody);
  });

  it('is worked by him where it is shared for that, and neither given away nor shared on', () => {
    const share = { sharedToRead: ['vera'], sharedToWork: ['vera'] };
    expect(may('update', share)).toEqual([...anybody, 'vera']);
    expect(may('assign', share)).toEqual(anybody);
    expect(may('share', share)).toEqual(anybody);
  });

  it('is seen by a team, those below it and those who head it', () => {
    expect(may('read', { sharedToRead: ['west'] })).toEqual([...anybody, 'wanda', 'anna', 'boris']);
    expect(may('read', { sharedToRead: ['west one'] })).toEqual([...anybody, 'boris']);
  });

  it('is not for who may not read any', () => {
    expect(may('read', { sharedToRead: ['nobody'] })).toEqual(anybody);
  });
});

describe('a role that counts in some pipelines', () => {
  const on = (action: Grant['action'], scope: Scope, entity: Grant['entity'] = 'deal'): Grant => ({
    entity,
    action,
    scope,
  });
  const role = (id: string, about: Partial<Power>): Role => ({ id, grants: [], pipelines: null, fields: [], ...about });
  const working = (...roleIds: string[]) =>
    new Organisation(
      people.map((p) => (p.id === 'anna' ? { ...p, roleIds } : p)),
      teams,
      [
        role('partners', {
          grants: [on('read', 'ALL'), on('update', 'ALL'), on('read', 'ALL', 'pipeline'), on('read', 'ALL', 'lead')],
          pipelines: [{ pipelineId: 'partners', stageIds: ['offer'] }],
        }),
        role('team', { grants: [on('read', 'TEAM'), on('update', 'OWN')] }),
        role('shut out', { grants: [on('read', 'ALL')], pipelines: [] }),
      ],
    );
  const sees = (organisation: Organisation, pipelineId: string | null) =>
    all.filter((ownerId) => organisation.reach('anna', 'read', 'deal').includes({ ownerId, pipelineId }));

  it('shows what lies in them and nothing else', () => {
    expect(sees(working('partners'), 'partners')).toEqual(all);
    expect(sees(working('partners'), 'another')).toEqual([]);
    expect(sees(working('shut out'), 'another')).toEqual([]);
  });

  it('widens another role there and not elsewhere', () => {
    const organisation = working('partners', 'team');
    expect(sees(organisation, 'partners')).toEqual(all);
    expect(sees(organisation, 'another')).toEqual(['anna', 'nobody']);
  });

  it('counts everywhere for what lies in no pipeline', () => {
    expect(working('partners').reach('anna', 'read', 'lead')).toBe(everybodys);
    expect(sees(working('partners'), null)).toEqual(all);
  });

  it('shows those pipelines', () => {
    const reach = working('partners').reach('anna', 'read', 'pipeline');
    expect(['partners', 'another'].map((pipelineId) => reach.includes({ ownerId: '', pipelineId }))).toEqual([
      true,
      false,
    ]);
  });

  it('becomes alternatives of which a record meets exactly one', () => {
    const values: unknown[] = [];
    const columns = { owner: 'o', pipeline: 'p' };
    const reach = working('partners', 'team').reach('anna', 'read', 'deal');
    expect(reach.alternatives(columns, (value) => `$${values.push(value)}`)).toEqual([
      '(p = any($1::uuid[]) and true)',
      '(p <> all($3::uuid[]) and o = any($2::uuid[]))',
    ]);
    expect(values).toEqual([['partners'], '{anna,nobody}', ['partners']]);
    expect(working('shut out').reach('anna', 'read', 'deal').alternatives(columns, String)).toEqual(['false']);
  });

  it('refuses a statement that does not say where the pipeline is', () => {
    const reach = working('partners').reach('anna', 'read', 'deal');
    expect(() => reach.alternatives({ owner: 'o' }, String)).toThrow('column');
  });

  it('lets a deal be brought into the stages it names, where it lets one change that deal', () => {
    const enters = (organisation: Organisation, pipelineId: string, stageId: string, ownerId = 'vera') =>
      organisation.enters('anna', 'update', { ownerId, pipelineId, stageId });
    expect(enters(working('partners'), 'partners', 'offer')).toBe(true);
    expect(enters(working('partners'), 'partners', 'won over')).toBe(false);
    expect(enters(working('partners', 'team'), 'partners', 'won over')).toBe(false);
    expect(enters(working('partners', 'team'), 'partners', 'won over', 'anna')).toBe(true);
    expect(enters(working('shut out'), 'partners', 'offer')).toBe(false);
  });
});

describe('a role that keeps fields', () => {
  const reading: Grant = { entity: 'deal', action: 'read', scope: 'ALL' };
  const changing: Grant = { entity: 'deal', action: 'update', scope: 'OWN' };
  const limited = (id: string, access: 'HIDDEN' | 'READ_ONLY' | null, grants = [reading, changing]): Role => ({
    ...{ id, grants, pipelines: null },
    fields: access ? [{ field: 'deal.amount', access }] : [],
  });
  const organisation = (...roles: Role[]) =>
    new Organisation([{ ...people[2]!, roleIds: roles.map(({ id }) => id) }], teams, roles);
  const closed = (action: 'read' | 'update', ...roles: Role[]) => [...organisation(...roles).closed('anna', action)];

  it('hides them, or lets one read and not change them', () => {
    expect(closed('read', limited('a', 'HIDDEN'))).toEqual(['deal.amount']);
    expect(closed('update', limited('a', 'HIDDEN'))).toEqual(['deal.amount']);
    expect(closed('read', limited('a', 'READ_ONLY'))).toEqual([]);
    expect(closed('update', limited('a', 'READ_ONLY'))).toEqual(['deal.amount']);
    expect(closed('read', limited('a', null))).toEqual([]);
  });

  it('is widened by another role that grants the same, and by no other', () => {
    expect(closed('read', limited('a', 'HIDDEN'), limited('b', null))).toEqual([]);
    expect(closed('read', limited('a', 'HIDDEN'), limited('b', null, [changing]))).toEqual(['deal.amount']);
    expect(closed('update', limited('a', 'HIDDEN'), limited('b', null, [reading]))).toEqual(['deal.amount']);
  });

  it('keeps them from a key as well, whichever of the two hides them', () => {
    const [open, hiding] = [limited('open', null), limited('hiding', 'HIDDEN')];
    const asking = (own: Role, key: Role) =>
      new Organisation([{ ...people[2]!, roleIds: [own.id] }], teams, [own, key]).closed('anna', 'read', key.id);
    expect([...asking(open, hiding)]).toEqual(['deal.amount']);
    expect([...asking(hiding, open)]).toEqual(['deal.amount']);
  });
});

describe('a reach as a condition', () => {
  const statementOf = (of: Organisation, id: string, shared?: string) => {
    const values: unknown[] = [];
    const text = asCondition(
      of.reach(id, 'read', 'deal'),
      { owner: 't.owner_id', shared },
      (value) => `$${values.push(value)}`,
    );
    return { text, values };
  };

  it('is none for everybody’s, and false for nobody’s', () => {
    const organisation = new Organisation(people, teams, shipped);
    expect(statementOf(organisation, 'boss')).toEqual({ text: 'true', values: [] });
    expect(statementOf(organisation, 'nobody')).toEqual({ text: 'false', values: [] });
  });

  it('names the people where they are few, their teams where they are many, and the others where they are nearly all', () => {
    const organisation = new Organisation(people, teams, shipped);
    expect(statementOf(organisation, 'boris')).toEqual({
      text: 't.owner_id = any($1::uuid[])',
      values: ['{boris}'],
    });
    const crowd = (team: string) => Array.from({ length: 251 }, (_, n) => person(`${team} ${n}`, team, 'SALESPERSON'));
    const west = crowd('west one');
    expect(statementOf(new Organisation([...people, ...west], teams, shipped), 'anna')).toEqual({
      text: '(t.owner_id <> all($1::uuid[]) and t.owner_id <= $2::uuid)',
      values: ['{boss,wanda,vera,gleb}', 'west one 99'],
    });
    const { text, values } = statementOf(
      new Organisation([...people, ...west, ...crowd('east')], teams, shipped),
      'anna',
    );
    expect(text).toContain('exists (select from directory_user');
    expect(values).toEqual(['{anna}', '{west,west one}']);
  });

  it('has what is shared apart from what is owned', () => {
    const organisation = new Organisation(people, teams, shipped, [], [], new Set(['sales', 'vera']));
    const { text, values } = statementOf(organisation, 'boris', 't.shared_to_read');
    expect(text).toBe(
      `(t.owner_id = any($1::uuid[]) or (not t.owner_id = any($1::uuid[]) and t.shared_to_read <> '{}' and t.shared_to_read && $2::uuid[]))`,
    );
    expect(values).toEqual(['{boris}', '{sales}']);
  });

  it('does not look for what is shared where nothing ever was with him or a team above him', () => {
    const organisation = new Organisation(people, teams, shipped, [], [], new Set(['east', 'vera']));
    expect(statementOf(organisation, 'boris', 't.shared_to_read').text).toBe('t.owner_id = any($1::uuid[])');
    expect(organisation.reach('boris', 'read', 'deal').includes({ ownerId: 'vera', sharedToRead: ['west'] })).toBe(
      true,
    );
  });
});
