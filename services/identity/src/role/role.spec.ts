import { describe, expect, it } from '@jest/globals';
import {
  RoleCreated,
  RoleUpdated,
  RoleWithdrawn,
  shippedRoles,
  type Actor,
  type Grant,
  type Power,
} from '@voronka/contracts';
import { CrmRecord } from '@voronka/service-kit/record';
import { Role } from './role.js';

const now = new Date('2026-03-02T09:00:00.000Z');
const by: Actor = { id: '0190a8f2-7c1e-7d44-9b60-3c5f0e6a1b2d', may: 'anything' };
const everything = [shippedRoles.ADMINISTRATOR];
const around = { held: everything, othersAdminister: true };
const power = (about: Partial<Power>): Power => ({ grants: [], pipelines: null, fields: [], ...about });
const grant = (action: Grant['action'], entity: Grant['entity'], scope: Grant['scope'] = 'ALL'): Grant => ({
  ...{ entity, action, scope },
});
const partner = (about: Partial<Power>) => ({ name: 'Partner', description: null, ...power(about) });
let made = 0;

function role(
  grants: readonly Grant[],
  id = `0190a8f2-7c1e-7d44-9b60-00000000${String(++made).padStart(4, '0')}`,
): Role {
  const [event] = Role.define(id, partner({ grants }), everything, by, now);
  const defined = event?.record as Role;
  CrmRecord.remember(defined);
  return defined;
}
const refusal = (code: string, field?: string) => expect.objectContaining({ code, ...(field && { field }) });

describe('a role', () => {
  it('is defined with each of its grants once, in one order', () => {
    const grants = [grant('update', 'deal', 'OWN'), grant('read', 'deal'), grant('read', 'deal')];
    const [event] = Role.define(by.id, partner({ grants }), everything, by, now);
    expect(event).toMatchObject({ declaration: RoleCreated, version: 1 });
    expect((event?.record as Role).grants).toEqual([grant('read', 'deal'), grant('update', 'deal', 'OWN')]);
  });

  it('grants nothing that cannot be done to an entity', () => {
    expect(() => role([grant('read', 'deal'), grant('win', 'lead')])).toThrow(
      refusal('INVALID_VALUE', 'input.grants.1.action'),
    );
  });

  it('grants nothing that its maker does not hold', () => {
    const held = [power({ grants: [grant('read', 'deal', 'BRANCH')] })];
    const content = partner({ grants: [grant('read', 'deal')] });
    expect(() => Role.define(by.id, content, held, by, now)).toThrow(refusal('GRANT_TOO_WIDE', 'input.grants.0'));
    expect(() => role([]).change({ grants: content.grants }, { ...around, held }, now)).toThrow(
      refusal('GRANT_TOO_WIDE'),
    );
  });

  it('is limited by nobody less than he is himself', () => {
    const limits = { pipelines: [{ pipelineId: by.id, stageIds: null }], fields: [] };
    const content = partner({ grants: [grant('read', 'deal')] });
    const held = [power({ grants: [grant('read', 'deal')], ...limits })];
    expect(() => Role.define(by.id, content, held, by, now)).toThrow(refusal('GRANT_TOO_WIDE', 'input.pipelines'));
    expect(Role.define(by.id, { ...content, ...limits }, held, by, now)).toHaveLength(1);
    const blind = [power({ grants: [grant('read', 'deal')], fields: [{ field: 'deal.amount', access: 'HIDDEN' }] })];
    expect(() => Role.define(by.id, content, blind, by, now)).toThrow(refusal('GRANT_TOO_WIDE', 'input.fields'));
  });

  it('keeps what it grants already, whoever changes the rest', () => {
    const wide = role([grant('read', 'deal')]);
    const held = [power({ grants: [grant('read', 'lead', 'OWN')] })];
    const grants = [grant('read', 'deal'), grant('read', 'lead', 'OWN')];
    const [event] = wide.change({ grants }, { ...around, held }, now);
    expect(event?.declaration).toBe(RoleUpdated);
    expect(wide.grants).toEqual(grants);
  });

  it('says nothing where nothing changes', () => {
    expect(
      role([grant('read', 'deal')]).change({ name: 'Partner', grants: [grant('read', 'deal')] }, around, now),
    ).toEqual([]);
  });

  it('goes on letting somebody manage people and roles, where nobody else could', () => {
    const root = role(shippedRoles.ADMINISTRATOR.grants);
    const alone = { ...around, othersAdminister: false };
    expect(() => root.change({ grants: [grant('read', 'deal')] }, alone, now)).toThrow(
      refusal('LAST_ADMINISTRATOR', 'input.grants'),
    );
    expect(root.change({ name: 'Root' }, alone, now)).toHaveLength(1);
    expect(root.change({ grants: [grant('read', 'deal')] }, around, now)).toHaveLength(1);
  });

  it('is given by nobody who holds less', () => {
    const wide = role([grant('read', 'deal')]);
    expect(() => wide.requireGivable([power({ grants: [grant('read', 'deal', 'TEAM')] })], 'input.roleIds.0')).toThrow(
      refusal('GRANT_TOO_WIDE', 'input.roleIds.0'),
    );
    expect(wide.requireGivable(everything, 'input.roleIds.0')).toBeUndefined();
  });

  it('is withdrawn once nobody has it, unless it was shipped', () => {
    expect(() => role([]).withdraw(1, now)).toThrow(refusal('ROLE_IN_USE', 'id'));
    expect(() => role([], shippedRoles.ANALYST.id).withdraw(0, now)).toThrow(refusal('ROLE_SHIPPED', 'id'));
    expect(role([]).withdraw(0, now)[0]?.declaration).toBe(RoleWithdrawn);
  });
});
