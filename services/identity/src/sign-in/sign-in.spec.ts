import { describe, expect, it } from '@jest/globals';
import { settingsFrom } from '@voronka/service-kit';
import { doorsOf } from './sign-in.doors.js';
import { standingOf } from './sign-in.groups.js';
import { providerSettings, settings } from './sign-in.settings.js';

const id = (n: number) => `0190a8f2-7c1e-7d44-9b60-00000000000${n}`;

describe('the doors of a sign-in', () => {
  const names = (familiar: boolean) => doorsOf('anna@example.com', { name: 'here', familiar }).map(({ name }) => name);

  it('are his own alone where a person was signed in before', () => {
    expect(names(true)).toHaveLength(1);
  });

  it('are also all that strangers came by, to him and from there, where he was not', () => {
    expect(names(false)).toHaveLength(3);
    expect(names(false)).toEqual(expect.arrayContaining(names(true)));
  });
});

describe('the groups of a provider', () => {
  const groups = {
    heads: { roleIds: [id(1)], teamId: id(7) },
    sales: { roleIds: [id(2)], teamId: id(8) },
    everybody: { roleIds: [id(2), id(3)] },
    choir: { roleIds: [], teamId: id(9) },
  };

  it('give all their roles, each once, and the team that is named first', () => {
    const standing = { roleIds: [id(1), id(2), id(3)], teamId: id(7) };
    expect(standingOf(groups, ['everybody', 'sales', 'heads', 'unknown'])).toEqual(standing);
    expect(standingOf(groups, ['everybody'])).toEqual({ roleIds: [id(2), id(3)], teamId: null });
  });

  it('without a role make nobody anything', () => {
    expect(standingOf(groups, ['unknown', 'choir', 'toString'])).toBeNull();
    expect(standingOf(groups, [])).toBeNull();
  });
});

describe('the settings of a provider', () => {
  const whole = {
    OIDC_ISSUER: 'https://login.example.com',
    OIDC_CLIENT_ID: 'voronka',
    OIDC_CLIENT_SECRET: 'secret',
    OIDC_REDIRECT_URL: 'https://crm.example.com/signed-in',
    OIDC_GROUPS: JSON.stringify({ sales: { roleIds: [id(2)] } }),
  };

  it('are none, or whole', () => {
    expect(providerSettings({})).toBeNull();
    expect(providerSettings(whole)).toMatchObject({ groupsClaim: 'groups', createPeople: false });
    for (const name of ['OIDC_CLIENT_ID', 'OIDC_CLIENT_SECRET', 'OIDC_REDIRECT_URL'])
      expect(() => providerSettings({ ...whole, [name]: undefined })).toThrow(`${name} is not set`);
  });

  it('enter nobody whose rights no group would say', () => {
    const creating = { ...whole, OIDC_CREATE_PEOPLE: 'true' as const };
    expect(providerSettings(creating)).toMatchObject({ createPeople: true });
    expect(() => providerSettings({ ...creating, OIDC_GROUPS: undefined })).toThrow('OIDC_GROUPS is not set');
  });

  it.each([
    ['an address that is read under way', { OIDC_ISSUER: 'http://login.example.com' }],
    ['no address', { OIDC_REDIRECT_URL: 'crm' }],
    ['groups that are no JSON', { OIDC_GROUPS: 'sales' }],
    ['a role by its name', { OIDC_GROUPS: '{"sales": {"roleIds": ["Salesperson"]}}' }],
    ['a misspelt field', { OIDC_GROUPS: '{"sales": {"roles": []}}' }],
  ])('refuse %s', (_, wrong) => {
    expect(settingsFrom(settings, whole)).toMatchObject(whole);
    expect(() => settingsFrom(settings, { ...whole, ...wrong })).toThrow('is set wrongly');
  });
});
