import { describe, expect, it } from '@jest/globals';
import {
  shippedRoles,
  UserCreated,
  UserDeactivated,
  UserPasswordChanged,
  UserReactivated,
  UserUpdated,
  type Actor,
} from '@voronka/contracts';
import { CrmRecord } from '@voronka/service-kit/record';
import { User, type UserContent } from './user.js';

const now = new Date('2026-03-02T09:00:00.000Z');
const by: Actor = { id: '0190a8f2-7c1e-7d44-9b60-3c5f0e6a1b2d', may: 'anything' };
const teamId = '0190a8f2-7c1e-7d44-9b60-3c5f0e6a1b01';
const somewhere = { team: {}, othersAdminister: true, willAdminister: false, offboarding: false };
let made = 0;

function joined(content: Partial<UserContent> = {}): User {
  const anna = { name: 'Anna', email: 'anna@example.com', teamId: null, roleIds: [shippedRoles.SALESPERSON.id] };
  const id = `0190a8f2-7c1e-7d44-9b60-00000000${String(++made).padStart(4, '0')}`;
  const [event] = User.join(id, { ...anna, ...content, passwordHash: null }, {}, by, now);
  const user = event?.record as User;
  CrmRecord.remember(user);
  return user;
}
const types = (events: { declaration: { type: string } }[]) => events.map((event) => event.declaration.type);

describe('a person', () => {
  it('joins active, and the event carries what colleagues may know: no password', () => {
    const user = joined();
    const [event] = User.join(user.id, { ...user.state(), passwordHash: 'secret' }, null, by, now);
    expect(event).toMatchObject({ declaration: UserCreated, version: 1, occurredAt: now });
    expect(event?.data).toEqual({ user: { ...user.state(), active: true } });
    expect(JSON.stringify(event?.data)).not.toContain('secret');
  });

  it('is entered by nobody where the system itself acts', () => {
    const [event] = User.join(
      joined().id,
      { ...joined().state(), passwordHash: null },
      null,
      { id: 'system', may: 'anything' },
      now,
    );
    expect(event?.record.createdBy).toBeNull();
  });

  it('does not join a team that is not there', () => {
    expect(() => User.join(by.id, { ...joined().state(), teamId, passwordHash: null }, null, by, now)).toThrow(
      expect.objectContaining({ code: 'TEAM_NOT_FOUND', field: 'input.teamId' }),
    );
    expect(() => joined().change({ teamId }, { ...somewhere, team: null }, now)).toThrow(
      expect.objectContaining({ code: 'TEAM_NOT_FOUND' }),
    );
  });

  it('tells old and new values when something about him changes', () => {
    const [event] = joined().change({ name: 'Anna B.', teamId }, somewhere, now);
    expect(event?.declaration).toBe(UserUpdated);
    expect(event?.data).toMatchObject({
      changes: { name: { from: 'Anna', to: 'Anna B.' }, teamId: { from: null, to: teamId } },
    });
  });

  it('says nothing where nothing changes', () => {
    expect(joined().change({ name: 'Anna', active: true }, somewhere, now)).toEqual([]);
  });

  it('leaves and comes back, an event for each', () => {
    const user = joined();
    expect(types(user.change({ active: false, name: 'Anna B.' }, somewhere, now))).toEqual([
      UserUpdated.type,
      UserDeactivated.type,
    ]);
    expect(types(user.change({ active: true }, somewhere, now))).toEqual([UserReactivated.type]);
    expect(user.version).toBe(4);
  });

  it('has another password without showing it', () => {
    const user = joined();
    const [event] = user.changePassword('secret', now);
    expect(event?.declaration).toBe(UserPasswordChanged);
    expect(event?.data).toEqual({ user: user.state() });
  });
});

describe('the last active administrator', () => {
  const refusal = (field: string) => expect.objectContaining({ code: 'LAST_ADMINISTRATOR', field });
  const alone = { team: null, othersAdminister: false, willAdminister: false, offboarding: false };

  it('can neither leave nor take another role', () => {
    const user = joined({ roleIds: [shippedRoles.ADMINISTRATOR.id] });
    const kept = user.state();
    expect(() => user.change({ active: false }, { ...alone, willAdminister: true }, now)).toThrow(
      refusal('input.active'),
    );
    expect(() => user.change({ roleIds: [shippedRoles.HEAD.id] }, alone, now)).toThrow(refusal('input.roleIds'));
    expect(user.state()).toEqual(kept);
  });

  it('may take another role by which he administers, and may go once there is another', () => {
    const user = joined({ roleIds: [shippedRoles.ADMINISTRATOR.id] });
    expect(types(user.change({ roleIds: [by.id] }, { ...alone, willAdminister: true }, now))).toEqual([
      UserUpdated.type,
    ]);
    expect(types(user.change({ active: false }, { ...alone, othersAdminister: true }, now))).toEqual([
      UserDeactivated.type,
    ]);
  });
});
