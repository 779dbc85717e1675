import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { shippedRoles, UserSecondFactorEnrolled, UserSecondFactorRemoved } from '@voronka/contracts';
import { eventually } from '@voronka/testing';
import { Secret, TOTP } from 'otpauth';
import { openHouse, type Hired, type House, type Tokens } from './house.js';

const BEGIN = 'mutation ($e: String!, $p: String!) { beginSecondFactor(email: $e, password: $p) { secret uri } }';
const CONFIRM = `mutation ($e: String!, $p: String!, $c: String!) {
  confirmSecondFactor(email: $e, password: $p, code: $c) { codes } }`;
const SIGN_IN = `mutation ($e: String!, $p: String!, $c: String) {
  signIn(email: $e, password: $p, code: $c) { id refreshToken user { id } } }`;
const REFRESH = 'mutation ($t: String!) { refreshSession(refreshToken: $t) { id } }';
const RENEW = 'mutation ($c: String!) { renewRecoveryCodes(code: $c) { codes } }';
const REMOVE = 'mutation ($c: String!) { removeSecondFactor(code: $c) { id } }';
const RESET = 'mutation ($id: ID!) { resetSecondFactor(userId: $id) { id } }';
const HAS = 'query ($id: ID) { secondFactor(userId: $id) { enrolledAt recoveryCodesLeft } }';
const required = { code: 'SECOND_FACTOR_REQUIRED', field: 'code' };
const wrongCode = { code: 'WRONG_CODE', field: 'code' };
const wrong = { code: 'INVALID_CREDENTIALS' };
const shut = { code: 'TOO_MANY_ATTEMPTS' };

describe('a second factor', () => {
  let house: House;
  beforeAll(async () => {
    house = await openHouse();
  });
  afterAll(() => house.system.stop());

  const pass = (seconds: number) =>
    house.system.clock.set(new Date(house.system.clock.now().getTime() + seconds * 1000));
  const typed = ({ email: e, password: p }: Hired) => ({ e, p });
  const begin = async (person: Hired) =>
    (await house.system.anonymous.get<{ beginSecondFactor: { secret: string; uri: string } }>(BEGIN, typed(person)))
      .beginSecondFactor;
  /** What the app shows, now or so many steps later. */
  const shown = (secret: string, later = 0) =>
    new TOTP({ secret: Secret.fromBase32(secret) }).generate({
      timestamp: house.system.clock.now().getTime() + later * 30_000,
    });
  const confirm = async (person: Hired, code: string) =>
    (
      await house.system.anonymous.get<{ confirmSecondFactor: { codes: string[] } }>(CONFIRM, {
        ...typed(person),
        c: code,
      })
    ).confirmSecondFactor.codes;
  const enrol = async (person: Hired) => {
    const { secret } = await begin(person);
    const codes = await confirm(person, shown(secret));
    pass(30);
    return { secret, codes };
  };
  const signIn = async (person: Hired, c?: string) =>
    (await house.system.anonymous.get<{ signIn: Tokens }>(SIGN_IN, { ...typed(person), c })).signIn;
  const refused = (person: Hired, c?: string) => house.system.anonymous.refusal(SIGN_IN, { ...typed(person), c });
  const signedIn = async (person: Hired, c?: string) => house.system.asker(person.id, (await signIn(person, c)).id);
  const announced = (what: typeof UserSecondFactorEnrolled | typeof UserSecondFactorRemoved, id: string) =>
    eventually(() => house.system.published(what).find(({ subject }) => subject === id));

  it('is set up by the password and the first code, and asked for from then on', async () => {
    const anna = await house.hire();
    const { secret, uri } = await begin(anna);
    expect(uri).toContain(secret);
    expect((await signIn(anna)).user.id).toBe(anna.id);

    expect(await confirm(anna, shown(secret))).toHaveLength(10);
    expect(await announced(UserSecondFactorEnrolled, anna.id)).toMatchObject({ actor: anna.id });
    expect(await refused(anna)).toMatchObject(required);
    pass(30);
    expect((await signIn(anna, shown(secret))).user.id).toBe(anna.id);
  });

  it('is not begun or confirmed by who does not know the password', async () => {
    const anna = await house.hire();
    const guess = { e: anna.email, p: 'a wrong password' };
    expect(await house.system.anonymous.refusal(BEGIN, guess)).toMatchObject(wrong);
    const { secret } = await begin(anna);
    expect(await house.system.anonymous.refusal(CONFIRM, { ...guess, c: shown(secret) })).toMatchObject(wrong);
    expect((await signIn(anna)).user.id).toBe(anna.id);
  });

  it('that was begun again has another secret; the one before is worth nothing', async () => {
    const anna = await house.hire();
    const [first, second] = [await begin(anna), await begin(anna)];
    const stale = { ...typed(anna), c: shown(first.secret) };
    expect(await house.system.anonymous.refusal(CONFIRM, stale)).toMatchObject(wrongCode);
    expect(await confirm(anna, shown(second.secret))).toHaveLength(10);
    expect(await house.system.anonymous.refusal(BEGIN, typed(anna))).toMatchObject({ code: 'ALREADY_EXISTS' });
    const again = { ...typed(anna), c: shown(second.secret, 1) };
    expect(await house.system.anonymous.refusal(CONFIRM, again)).toMatchObject(wrongCode);
  });

  it('says nothing to who does not know the password', async () => {
    const anna = await house.hire();
    const { secret } = await enrol(anna);
    const guess = { e: anna.email, p: 'a wrong password' };
    const said = await Promise.all(
      [undefined, '000000', shown(secret)].map((c) => house.system.anonymous.refusal(SIGN_IN, { ...guess, c })),
    );
    expect(said[0]).toMatchObject(wrong);
    expect(said.slice(1)).toEqual([said[0], said[0]]);
  });

  it('lets nobody in by a wrong code, one used before, one that is older, or one of another person', async () => {
    const [anna, boris] = [await house.hire(), await house.hire()];
    const [{ secret }, other] = [await enrol(anna), await enrol(boris)];
    expect(await refused(anna, '000000')).toMatchObject(wrongCode);
    expect(await refused(anna, shown(other.secret))).toMatchObject(wrongCode);
    expect(await refused(anna, other.codes[0])).toMatchObject(wrongCode);
    const code = shown(secret);
    const tries = await Promise.allSettled([signIn(anna, code), signIn(anna, code)]);
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await refused(anna, code)).toMatchObject(wrongCode);
    expect(await refused(anna, shown(secret, -1))).toMatchObject(wrongCode);
  });

  it('that was guessed at makes one wait, also by who knows the password', async () => {
    const anna = await house.hire();
    const { secret } = await enrol(anna);
    for (let n = 0; n < 4; n++) {
      expect(await refused(anna, '000000')).toMatchObject(wrongCode);
      expect(await refused(anna)).toMatchObject(required);
    }
    expect(await refused(anna, '000000')).toMatchObject(wrongCode);
    expect(await refused(anna, shown(secret))).toMatchObject(shut);
    pass(1);
    expect((await signIn(anna, shown(secret))).user.id).toBe(anna.id);
  });

  it('is made good for by a recovery code, once each, however it is typed', async () => {
    const anna = await house.hire();
    const { codes } = await enrol(anna);
    const [first = '', second = ''] = codes;
    const asker = await signedIn(anna, ` ${first.toLowerCase().replaceAll('-', ' ')}`);
    expect(await asker.get(HAS)).toMatchObject({ secondFactor: { recoveryCodesLeft: 9 } });
    expect(await refused(anna, first)).toMatchObject(wrongCode);
    const tries = await Promise.allSettled([signIn(anna, second), signIn(anna, second)]);
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('has its recovery codes renewed by a fresh code; those before are worth nothing', async () => {
    const anna = await house.hire();
    const { secret, codes } = await enrol(anna);
    const code = shown(secret);
    const asker = await signedIn(anna, code);
    expect(await asker.refusal(RENEW, { c: code })).toMatchObject(wrongCode);
    pass(30);
    const { renewRecoveryCodes: renewed } = await asker.get<{ renewRecoveryCodes: { codes: string[] } }>(RENEW, {
      c: shown(secret),
    });
    expect(await refused(anna, codes[0])).toMatchObject(wrongCode);
    expect((await signIn(anna, renewed.codes[0])).user.id).toBe(anna.id);
  });

  it('is removed by its person with a fresh code, and then set up anew', async () => {
    const [anna, boris] = [await house.hire(), await house.hire()];
    const { secret } = await enrol(anna);
    const code = shown(secret);
    const asker = await signedIn(anna, code);
    expect(await asker.refusal(REMOVE, { c: code })).toMatchObject(wrongCode);
    expect(await boris.asker.refusal(REMOVE, { c: shown(secret, 1) })).toMatchObject(wrongCode);
    pass(30);
    await asker.get(REMOVE, { c: shown(secret) });
    await announced(UserSecondFactorRemoved, anna.id);
    expect(await asker.get(HAS)).toEqual({ secondFactor: null });
    expect((await signIn(anna)).user.id).toBe(anna.id);
    expect((await enrol(anna)).secret).not.toBe(secret);
  });

  it('is not found by guessing in a session that somebody stole', async () => {
    const anna = await house.hire();
    const { secret } = await enrol(anna);
    const thief = await signedIn(anna, shown(secret));
    for (let n = 0; n < 5; n++) expect(await thief.refusal(REMOVE, { c: '000000' })).toMatchObject(wrongCode);
    expect(await thief.refusal(REMOVE, { c: shown(secret, 1) })).toMatchObject(shut);
  });

  it('is reset by who manages people, and by no other', async () => {
    const [anna, boris] = [await house.hire(), await house.hire()];
    await enrol(anna);
    expect(await boris.asker.refusal(RESET, { id: anna.id })).toMatchObject({ code: 'FORBIDDEN' });
    expect(await boris.asker.refusal(HAS, { id: anna.id })).toMatchObject({ code: 'FORBIDDEN', field: 'userId' });
    expect(await house.admin.get(HAS, { id: anna.id })).toMatchObject({ secondFactor: { recoveryCodesLeft: 10 } });
    await house.admin.get(RESET, { id: anna.id });
    expect(await announced(UserSecondFactorRemoved, anna.id)).toMatchObject({ actor: house.admin.id });
    expect((await signIn(anna)).user.id).toBe(anna.id);
    expect(await house.admin.refusal(RESET, { id: anna.id })).toMatchObject({ code: 'NOT_FOUND', field: 'userId' });
    expect(await house.admin.refusal(RESET, { id: 'x' })).toMatchObject({ code: 'INVALID_ID', field: 'userId' });
  });

  it('is not in the database in a form that could be used', async () => {
    const anna = await house.hire();
    const { secret, codes } = await enrol(anna);
    const { rows } = await house.system.service.database.query<Record<string, Buffer>>({
      text: 'select secret, code_hash from second_factor join recovery_code using (user_id) where user_id = $1',
      values: [anna.id],
    });
    const kept = Buffer.concat(rows.flatMap((row) => Object.values(row))).toString('latin1');
    const raw = Buffer.from(Secret.fromBase32(secret).bytes).toString('latin1');
    expect(rows).toHaveLength(10);
    for (const told of [secret, raw, ...codes, ...codes.map((code) => code.replaceAll('-', ''))])
      expect(kept.includes(told)).toBe(false);
  });

  it('is not touched by an API key', async () => {
    const anna = await house.hire();
    const program = house.system.program(anna.id, { id: anna.id, roleId: shippedRoles.ADMINISTRATOR.id });
    const calls: [string, object][] = [
      [BEGIN, typed(anna)],
      [RENEW, { c: '000000' }],
      [REMOVE, { c: '000000' }],
      [RESET, { id: anna.id }],
      [HAS, {}],
    ];
    for (const [query, variables] of calls)
      expect(await program.refusal(query, variables)).toMatchObject({ code: 'FORBIDDEN' });
  });

  describe('that a role asks for', () => {
    const CREATE = 'mutation ($input: CreateRoleInput!) { createRole(input: $input) { id secondFactor } }';
    const UPDATE =
      'mutation ($id: ID!, $on: Boolean) { updateRole(id: $id, input: { secondFactor: $on }) { secondFactor } }';
    const GIVE = 'mutation ($id: ID!, $roles: [ID!]) { updateUser(id: $id, input: { roleIds: $roles }) { id } }';
    let guarded: string;
    let roles = 0;
    const guardedRole = async () => {
      const { createRole } = await house.admin.get<{ createRole: { id: string; secondFactor: boolean } }>(CREATE, {
        input: { name: `Guarded ${++roles}`, grants: [], secondFactor: true },
      });
      expect(createRole.secondFactor).toBe(true);
      return createRole.id;
    };
    const give = (person: Hired) =>
      house.admin.get(GIVE, { id: person.id, roles: [shippedRoles.SALESPERSON.id, guarded] });
    beforeAll(async () => {
      guarded = await guardedRole();
    });

    it('lets who has it do nothing after the password but set it up', async () => {
      const anna = await house.hire();
      await give(anna);
      expect(await refused(anna)).toMatchObject({ code: 'SECOND_FACTOR_MISSING' });
      expect(await refused(anna, '000000')).toMatchObject({ code: 'SECOND_FACTOR_MISSING' });
      const { secret } = await enrol(anna);
      expect(await refused(anna)).toMatchObject(required);
      expect((await signIn(anna, shown(secret))).user.id).toBe(anna.id);
    });

    it('ends at their next refreshing the sessions that began without, and no others', async () => {
      const [anna, boris] = [await house.hire(), await house.hire()];
      const { secret } = await enrol(boris);
      const [without, withIt] = [await signIn(anna), await signIn(boris, shown(secret))];
      await give(anna);
      await give(boris);
      const refresh = (t: string) => house.system.anonymous.ask(REFRESH, { t });
      expect(await refresh(without.refreshToken)).toMatchObject({
        errors: [{ extensions: { code: 'SESSION_ENDED' } }],
      });
      expect(await house.admin.get('query ($id: ID) { sessions(userId: $id) { id } }', { id: anna.id })).toEqual({
        sessions: [],
      });
      expect(await refresh(withIt.refreshToken)).toMatchObject({ data: { refreshSession: { id: withIt.id } } });
    });

    it('is asked for no more once no role does', async () => {
      const anna = await house.hire();
      const role = await guardedRole();
      await house.admin.get(GIVE, { id: anna.id, roles: [role] });
      expect(await refused(anna)).toMatchObject({ code: 'SECOND_FACTOR_MISSING' });
      expect(await house.admin.get(UPDATE, { id: role, on: false })).toEqual({ updateRole: { secondFactor: false } });
      expect((await signIn(anna)).user.id).toBe(anna.id);
      expect(await house.admin.refusal(UPDATE, { id: role, on: null })).toMatchObject({ field: 'input.secondFactor' });
    });
  });
});
