import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { shippedRoles } from '@voronka/contracts';
import { newId } from '@voronka/service-kit';
import { Secret, TOTP } from 'otpauth';
import { openHouse, type House, type Tokens } from './house.js';
import { openProvider, type Account, type ProviderUnderTest } from './provider.js';

const BEGIN = 'mutation { beginSignIn { url ticket } }';
const FINISH = `mutation ($a: String!, $t: String!, $c: String) {
  finishSignIn(address: $a, ticket: $t, code: $c) { id refreshToken user { id name email team { id } roles { id } } } }`;
const { SALESPERSON, HEAD, ADMINISTRATOR, ANALYST } = shippedRoles;
const ended = { code: 'SIGN_IN_ENDED', field: 'address' };
const teamId = newId();

describe('signing in as the organisation has it', () => {
  let house: House;
  let provider: ProviderUnderTest;
  let guarded: string;
  const people = new Map<string, string>();
  beforeAll(async () => {
    provider = await openProvider();
    guarded = newId();
    const groups = {
      heads: { roleIds: [HEAD.id], teamId },
      sales: { roleIds: [SALESPERSON.id] },
      analysts: { roleIds: [ANALYST.id] },
      guarded: { roleIds: [guarded] },
      choir: { roleIds: [] },
    };
    house = await openHouse({
      OIDC_ISSUER: provider.issuer,
      OIDC_CLIENT_ID: provider.clientId,
      OIDC_CLIENT_SECRET: provider.clientSecret,
      OIDC_REDIRECT_URL: provider.redirectUrl,
      OIDC_SCOPE: 'openid email profile groups',
      OIDC_GROUPS: JSON.stringify(groups),
      OIDC_CREATE_PEOPLE: 'true',
    });
    await house.admin.get('mutation ($input: CreateTeamInput!) { createTeam(input: $input) { id } }', {
      input: { id: teamId, name: 'Heads' },
    });
    await house.admin.get('mutation ($input: CreateRoleInput!) { createRole(input: $input) { id } }', {
      input: { id: guarded, name: 'Guarded', grants: [], secondFactor: true },
    });
  });
  afterAll(async () => {
    await house.system.stop();
    await provider.stop();
  });

  const anonymous = () => house.system.anonymous;
  const begin = async () =>
    (await anonymous().get<{ beginSignIn: { url: string; ticket: string } }>(BEGIN)).beginSignIn;
  const account = (about: Partial<Account> = {}): Account => ({
    email: `somebody.${people.set(newId(), '').size}@example.com`,
    email_verified: true,
    name: 'Some Body',
    groups: ['sales'],
    ...about,
  });
  /** What a browser comes back with that went to the provider. */
  const wentThere = async (who: Account | null) => {
    const { url, ticket } = await begin();
    return { a: await provider.visit(url, who), t: ticket };
  };
  const finish = async (variables: object) =>
    (
      await anonymous().get<{
        finishSignIn: Tokens & {
          user: { name: string; email: string; team: { id: string } | null; roles: { id: string }[] };
        };
      }>(FINISH, variables)
    ).finishSignIn;
  const signIn = async (who: Account, c?: string) => finish({ ...(await wentThere(who)), c });
  const refusal = async (who: Account | null, c?: string) =>
    anonymous().refusal(FINISH, { ...(await wentThere(who)), c });

  it('enters who comes for the first time, with the roles and the team of his groups', async () => {
    const who = account({ name: 'Anna Smirnova', email: 'Anna.Smirnova@Example.com', groups: ['sales', 'heads', 'x'] });
    const { id, user } = await signIn(who);
    expect(user).toMatchObject({ name: 'Anna Smirnova', email: 'anna.smirnova@example.com', team: { id: teamId } });
    expect(user.roles.map((role) => role.id).sort()).toEqual([HEAD.id, SALESPERSON.id].sort());
    const asker = house.system.asker(user.id, id);
    expect(await asker.get('{ me { name } sessions { id } }')).toEqual({
      me: { name: 'Anna Smirnova' },
      sessions: [{ id }],
    });
    expect((await signIn(who)).user.id).toBe(user.id);
  });

  it('lets who is known in by the mail, and gives him what his groups say each time', async () => {
    const anna = await house.hire({ name: 'Anna', role: 'ADMINISTRATOR' });
    const rolesAfter = async (groups: string[]) => {
      const { user } = await signIn(account({ email: anna.email, groups }));
      expect(user).toMatchObject({ id: anna.id, name: 'Anna' });
      return { roles: user.roles.map((role) => role.id), team: user.team };
    };
    expect(await rolesAfter(['heads'])).toEqual({ roles: [HEAD.id], team: { id: teamId } });
    expect(await rolesAfter(['sales'])).toEqual({ roles: [SALESPERSON.id], team: { id: teamId } });
    const version = async () =>
      (
        await house.admin.get<{ user: { version: number } }>('query ($id: ID!) { user(id: $id) { version } }', {
          id: anna.id,
        })
      ).user.version;
    const before = await version();
    await rolesAfter(['sales']);
    expect(await version()).toBe(before);
  });

  it('does not take the last administrator from the organisation', async () => {
    const { user } = await signIn(account({ email: house.adminEmail, groups: ['analysts'] }));
    expect(user.roles).toEqual([{ id: ADMINISTRATOR.id }]);
  });

  it.each<[string, Partial<Account>, string]>([
    ['without a verified mail', { email_verified: false }, 'EMAIL_NOT_VERIFIED'],
    ['of whose mail nothing is said', { email_verified: undefined }, 'EMAIL_NOT_VERIFIED'],
    ['without groups', { groups: undefined }, 'GROUP_NOT_MAPPED'],
    ['whose groups give no role', { groups: ['choir', 'strangers'] }, 'GROUP_NOT_MAPPED'],
  ])('refuses somebody %s, and enters nobody', async (_, about, code) => {
    const who = account(about);
    expect(await refusal(who)).toMatchObject({ code });
    const { users } = await house.admin.get<{ users: { nodes: object[] } }>(
      'query ($mail: String!) { users(filter: { email: { eq: $mail } }) { nodes { id } } }',
      { mail: who.email },
    );
    expect(users.nodes).toEqual([]);
  });

  it('refuses who has left, and who turned back at the provider', async () => {
    const anna = await house.hire();
    await house.admin.get('mutation ($id: ID!) { updateUser(id: $id, input: { active: false }) { id } }', {
      id: anna.id,
    });
    expect(await refusal(account({ email: anna.email }))).toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(await refusal(null)).toMatchObject({ code: 'SIGN_IN_REFUSED' });
  });

  it('is finished once, in the browser that began it, within ten minutes', async () => {
    const [one, other] = [await wentThere(account()), await wentThere(account())];
    expect(await anonymous().refusal(FINISH, { a: one.a, t: other.t })).toMatchObject(ended);
    expect(await anonymous().refusal(FINISH, { a: 'nowhere', t: one.t })).toMatchObject(ended);
    expect(await anonymous().refusal(FINISH, { a: `${provider.redirectUrl}?code=x`, t: one.t })).toMatchObject(ended);
    const tries = await Promise.allSettled([finish(one), finish(one)]);
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await anonymous().refusal(FINISH, one)).toMatchObject(ended);

    const begun = house.system.clock.now();
    house.system.clock.set(new Date(begun.getTime() + 10 * 60_000));
    const late = await anonymous().refusal(FINISH, other);
    await begin();
    const { rows } = await house.system.service.database.query({ text: 'select from begun_sign_in' });
    house.system.clock.set(begun);
    expect(late).toMatchObject(ended);
    expect(rows).toHaveLength(1);
  });

  it('takes no code that was made for another sign-in, nor one that was used', async () => {
    const [one, other] = [await wentThere(account()), await wentThere(account())];
    const with_ = (state: string, code: string) => {
      const address = new URL(state);
      address.searchParams.set('code', new URL(code).searchParams.get('code')!);
      return address.href;
    };
    // The state is right; what the code was made for differs in PKCE's verifier and in the nonce.
    expect(await anonymous().refusal(FINISH, { a: with_(one.a, other.a), t: one.t })).toMatchObject({
      code: 'SIGN_IN_REFUSED',
    });
    const used = await wentThere(account());
    await finish(used);
    const next = await wentThere(account());
    expect(await anonymous().refusal(FINISH, { a: with_(next.a, used.a), t: next.t })).toMatchObject({
      code: 'SIGN_IN_REFUSED',
    });
  });

  it('asks the provider with PKCE, a state and a nonce, each its own', async () => {
    const asked = [new URL((await begin()).url).searchParams, new URL((await begin()).url).searchParams];
    expect(asked[0]!.get('code_challenge_method')).toBe('S256');
    expect(asked[0]!.get('redirect_uri')).toBe(provider.redirectUrl);
    for (const name of ['state', 'nonce', 'code_challenge'])
      expect(new Set(asked.map((search) => search.get(name))).size).toBe(2);
  });

  it('says so where the provider does not answer, and goes on when it does again', async () => {
    const back = await wentThere(account());
    provider.down();
    expect(await anonymous().refusal(FINISH, back)).toMatchObject({ code: 'UNAVAILABLE' });
    provider.up();
    expect((await signIn(account())).user.id).toBeTruthy();

    provider.down();
    const other = await house.system.another();
    const ask = async () => {
      const response = await fetch(other.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: await anonymous().authorization() },
        body: JSON.stringify({ query: BEGIN }),
      });
      return (await response.json()) as { data: object | null; errors?: { extensions: { code: string } }[] };
    };
    const away = await ask();
    provider.up();
    const again = await ask();
    await other.stop();
    expect(away.errors).toMatchObject([{ extensions: { code: 'UNAVAILABLE' } }]);
    expect(again).toMatchObject({ data: { beginSignIn: { ticket: expect.any(String) } } });
  });

  describe('where a second factor is asked for', () => {
    const REFRESH = 'mutation ($t: String!) { refreshSession(refreshToken: $t) { id } }';

    it('takes the provider’s word that one was shown there', async () => {
      const who = account({ groups: ['guarded'] });
      for (const amr of [[], ['pwd']])
        expect(await refusal({ ...who, amr })).toMatchObject({ code: 'SECOND_FACTOR_MISSING' });
      const { id, refreshToken } = await signIn({ ...who, amr: ['pwd', 'mfa'] });
      expect(await anonymous().get(REFRESH, { t: refreshToken })).toEqual({ refreshSession: { id } });
    });

    it('asks who has one here for its code', async () => {
      const anna = await house.hire();
      const typed = { e: anna.email, p: anna.password };
      const { beginSecondFactor: begun } = await anonymous().get<{ beginSecondFactor: { secret: string } }>(
        'mutation ($e: String!, $p: String!) { beginSecondFactor(email: $e, password: $p) { secret } }',
        typed,
      );
      const app = new TOTP({ secret: Secret.fromBase32(begun.secret) });
      const shown = () => app.generate({ timestamp: house.system.clock.now().getTime() });
      const { confirmSecondFactor: recovery } = await anonymous().get<{ confirmSecondFactor: { codes: string[] } }>(
        'mutation ($e: String!, $p: String!, $c: String!) { confirmSecondFactor(email: $e, password: $p, code: $c) { codes } }',
        { ...typed, c: shown() },
      );
      const who = account({ email: anna.email });
      expect(await refusal(who)).toMatchObject({ code: 'SECOND_FACTOR_REQUIRED' });
      expect(await refusal(who, shown())).toMatchObject({ code: 'WRONG_CODE' });
      expect((await signIn(who, recovery.codes[0])).user.id).toBe(anna.id);
      for (let n = 0; n < 5; n++) expect(await refusal(who, '000000')).toMatchObject({ code: 'WRONG_CODE' });
      expect(await refusal(who, recovery.codes[1])).toMatchObject({ code: 'TOO_MANY_ATTEMPTS' });
      expect((await signIn({ ...who, amr: ['mfa'] })).user.id).toBe(anna.id);
    });
  });
});

describe('signing in as the organisation has it, where people are entered by hand', () => {
  let house: House;
  let provider: ProviderUnderTest;
  beforeAll(async () => {
    provider = await openProvider();
    house = await openHouse({
      OIDC_ISSUER: provider.issuer,
      OIDC_CLIENT_ID: provider.clientId,
      OIDC_CLIENT_SECRET: provider.clientSecret,
      OIDC_REDIRECT_URL: provider.redirectUrl,
    });
  });
  afterAll(async () => {
    await house.system.stop();
    await provider.stop();
  });

  it('lets in who is there, as he is, and nobody else', async () => {
    const anna = await house.hire({ role: 'HEAD' });
    const come = async (email: string) => {
      const { beginSignIn: begun } = await house.system.anonymous.get<{ beginSignIn: { url: string; ticket: string } }>(
        BEGIN,
      );
      return { a: await provider.visit(begun.url, { email, email_verified: true }), t: begun.ticket };
    };
    expect(await house.system.anonymous.get(FINISH, await come(anna.email))).toMatchObject({
      finishSignIn: { user: { id: anna.id, roles: [{ id: HEAD.id }] } },
    });
    expect(await house.system.anonymous.refusal(FINISH, await come('nobody@example.com'))).toMatchObject({
      code: 'UNAUTHENTICATED',
    });
  });
});

describe('signing in as the organisation has it, where it has nothing of the kind', () => {
  it('is refused', async () => {
    const house = await openHouse();
    const refusals = [
      await house.system.anonymous.refusal(BEGIN),
      await house.system.anonymous.refusal(FINISH, { a: 'x', t: 'y' }),
    ];
    await house.system.stop();
    for (const refusal of refusals) expect(refusal).toMatchObject({ code: 'NOT_FOUND' });
  });
});
