import { describe, expect, it } from '@jest/globals';
import {
  administers,
  beyond,
  entities,
  inCommon,
  rights,
  scopeOf,
  shippedRoles,
  worked,
  type Grant,
  type Scope,
} from './rights.js';

const grant = (action: Grant['action'], entity: Grant['entity'], scope: Scope = 'ALL'): Grant => ({
  action,
  entity,
  scope,
});

describe('a grant', () => {
  it('goes as far as the widest of those for the same action and entity', () => {
    const grants = [grant('read', 'deal', 'OWN'), grant('read', 'deal', 'BRANCH'), grant('update', 'deal', 'TEAM')];
    expect(scopeOf(grants, 'read', 'deal')).toBe('BRANCH');
    expect(scopeOf(grants, 'update', 'deal')).toBe('TEAM');
    expect(scopeOf(grants, 'win', 'deal')).toBeNull();
    expect(scopeOf(grants, 'read', 'lead')).toBeNull();
  });

  it('is beyond what somebody holds where it is wider, or another one', () => {
    const held = [grant('read', 'deal', 'BRANCH'), grant('manage', 'product', 'OWN')];
    expect(beyond(held, [grant('read', 'deal', 'TEAM'), grant('read', 'deal', 'BRANCH')])).toBeNull();
    expect(beyond(held, [grant('read', 'deal', 'OWN'), grant('read', 'deal', 'ALL')])).toEqual(grant('read', 'deal'));
    expect(beyond(held, [grant('update', 'deal', 'OWN')])).toEqual(grant('update', 'deal', 'OWN'));
    // Nobody owns a product.
    expect(beyond(held, [grant('manage', 'product', 'ALL')])).toBeNull();
  });
});

describe('what two have in common', () => {
  const branch = [grant('read', 'deal', 'BRANCH'), grant('update', 'deal', 'OWN'), grant('manage', 'role')];

  it('is of each right the narrower scope, and nothing that one of them lacks', () => {
    const wide = [grant('read', 'deal', 'ALL'), grant('update', 'deal', 'TEAM'), grant('win', 'deal')];
    const both = [grant('read', 'deal', 'BRANCH'), grant('update', 'deal', 'OWN')];
    expect(inCommon(branch, wide)).toEqual(both);
    expect(inCommon(wide, branch)).toEqual(both);
    expect(inCommon(branch, [])).toEqual([]);
    expect(inCommon([], branch)).toEqual([]);
  });

  it('is never beyond either', () => {
    for (const one of Object.values(shippedRoles))
      for (const other of Object.values(shippedRoles)) {
        const both = inCommon(one.grants, other.grants);
        expect([beyond(one.grants, both), beyond(other.grants, both)]).toEqual([null, null]);
      }
  });
});

describe('the shipped roles', () => {
  const roles = Object.values(shippedRoles);

  it('grant only what can be done to an entity, each once', () => {
    for (const { grants } of roles) {
      for (const { action, entity } of grants) expect(rights[entity]).toContain(action);
      expect(new Set(grants.map(({ action, entity }) => `${action} ${entity}`)).size).toBe(grants.length);
    }
  });

  it('have ids of their own', () => {
    expect(new Set(roles.map(({ id }) => id)).size).toBe(roles.length);
  });

  it('have one that may do everything, alone in managing people and roles', () => {
    const [administrator, ...others] = roles;
    for (const entity of entities)
      for (const action of rights[entity]) expect(scopeOf(administrator!.grants, action, entity)).toBe('ALL');
    expect(roles.map(({ grants }) => administers(grants))).toEqual([true, ...others.map(() => false)]);
  });

  it('let who sells see his own and his head see the branch, and nobody who reads change anything', () => {
    for (const entity of [...worked, 'report'] as const) {
      expect(scopeOf(shippedRoles.SALESPERSON.grants, 'read', entity)).toBe('OWN');
      expect(scopeOf(shippedRoles.HEAD.grants, 'read', entity)).toBe('BRANCH');
      expect(scopeOf(shippedRoles.HEAD_OF_SALES.grants, 'read', entity)).toBe('ALL');
    }
    for (const role of [shippedRoles.ANALYST, shippedRoles.AUDITOR])
      expect(role.grants.every(({ action, scope }) => /^(read|export)$/.test(action) && scope === 'ALL')).toBe(true);
  });

  it('let heads take out what is theirs, analysts everything, and nobody else but the administrator anything', () => {
    const takes = Object.values(shippedRoles).map((role) => [role.name, scopeOf(role.grants, 'export', 'contact')]);
    expect(Object.fromEntries(takes)).toEqual({
      Administrator: 'ALL',
      'Head of sales': 'ALL',
      'Head of a team': 'BRANCH',
      Salesperson: null,
      Analyst: 'ALL',
      Integration: null,
      Auditor: null,
    });
  });
});
