import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SessionEnded, SessionStarted } from '@voronka/contracts';
import { eventually } from '@voronka/testing';
import { jwtVerify } from 'jose';
import { openHouse, type House, type Tokens } from './house.js';

const SIGN_IN = 'mutation ($e: String!, $p: String!) { signIn(email: $e, password: $p) { id } }';
const REFRESH = `mutation ($t: String!) {
  refreshSession(refreshToken: $t) { id accessToken refreshToken expiresAt user { id } } }`;
const ME = '{ me { id } }';

describe('signing in', () => {
  let house: House;
  beforeAll(async () => {
    house = await openHouse();
  });
  afterAll(() => house.system.stop());

  const refresh = async (refreshToken: string) =>
    (await house.system.anonymous.get<{ refreshSession: Tokens }>(REFRESH, { t: refreshToken })).refreshSession;
  const ended = (sessionId: string) =>
    eventually(() => house.system.published(SessionEnded).find((event) => event.subject === sessionId));

  it('gives an access token that the gateway can verify, for 15 minutes', async () => {
    const anna = await house.hire();
    const session = await house.signIn(anna.email, anna.password);
    const now = house.system.clock.now();
    const { payload, protectedHeader } = await jwtVerify(session.accessToken, house.accessKey, { currentDate: now });
    expect(protectedHeader.alg).toBe('EdDSA');
    expect(payload).toEqual({
      iss: 'voronka-identity',
      sub: anna.id,
      sid: session.id,
      iat: now.getTime() / 1000,
      exp: now.getTime() / 1000 + 900,
    });
    expect(new Date(session.expiresAt)).toEqual(new Date(now.getTime() + 900_000));
  });

  it('is announced as done by the one who signs in', async () => {
    const anna = await house.hire();
    const { id } = await house.signIn(anna.email, anna.password);
    const event = await eventually(() => house.system.published(SessionStarted).find((e) => e.subject === id));
    expect(event).toMatchObject({ actor: anna.id, data: { session: { userId: anna.id, ended: false } } });
  });

  it('takes the mail in any case and with blanks around it', async () => {
    const anna = await house.hire();
    const session = await house.signIn(` ${anna.email.toUpperCase()} `, anna.password);
    expect(session.user.id).toBe(anna.id);
  });

  it('answers at once what else is asked about the one who signs in', async () => {
    const teamId = await house.createTeam('Signing in');
    const anna = await house.hire({ name: 'Anna', teamId });
    const { signIn } = await house.system.anonymous.get<{ signIn: unknown }>(
      'mutation ($e: String!, $p: String!) { signIn(email: $e, password: $p) { user { name team { name } } } }',
      { e: anna.email, p: anna.password },
    );
    expect(signIn).toEqual({ user: { name: 'Anna', team: { name: 'Signing in' } } });
  });

  it('refuses a wrong mail, a wrong password, someone without one and someone inactive alike', async () => {
    const [anna, boris] = [await house.hire(), await house.hire()];
    await house.admin.get('mutation ($id: ID!) { updateUser(id: $id, input: { active: false }) { id } }', {
      id: boris.id,
    });
    await house.admin.get(
      'mutation { createUser(input: { name: "Vera", email: "vera@example.com", roleIds: ["00000000-0000-7000-8000-000000000005"] }) { id } }',
    );
    const tries = [
      { e: 'nobody@example.com', p: anna.password },
      { e: anna.email, p: 'not the password' },
      { e: anna.email, p: '' },
      { e: 'vera@example.com', p: anna.password },
      { e: boris.email, p: boris.password },
    ];
    const refusals = await Promise.all(tries.map((variables) => house.system.anonymous.refusal(SIGN_IN, variables)));
    expect(refusals[0]?.code).toBe('INVALID_CREDENTIALS');
    expect(refusals.slice(1)).toEqual(Array(4).fill(refusals[0]));
  });

  it('works as hard where nobody has the mail, so that time does not tell who works here', async () => {
    const anna = await house.hire();
    // Processor time, which other work on the machine does not stretch; hashing is nearly all of it.
    let addresses = 0;
    const work = async (e: string) => {
      // Each time from elsewhere, or after a few guesses nobody would look at them.
      const stranger = house.system.stranger({ address: `192.0.2.${++addresses}`, userAgent: 'Browser/1' });
      const before = process.cpuUsage();
      await stranger.refusal(SIGN_IN, { e, p: 'not the password' });
      const { user, system } = process.cpuUsage(before);
      return user + system;
    };
    const median = (of: number[]) => of.sort((a, b) => a - b)[Math.floor(of.length / 2)] ?? 0;
    const spent: { known: number[]; unknown: number[] } = { known: [], unknown: [] };
    for (let i = 0; i < 15; i++) {
      spent.known.push(await work(anna.email));
      spent.unknown.push(await work('nobody@example.com'));
    }
    expect(median(spent.unknown) / median(spent.known)).toBeGreaterThan(0.5);
    expect(median(spent.unknown) / median(spent.known)).toBeLessThan(2);
  });

  it.each([
    ['a mail that is none', { e: 'anna', p: 'x' }, 'INVALID_EMAIL', 'email'],
    ['a mail with a control character', { e: 'a\u0000@example.com', p: 'x' }, 'TEXT_HAS_CONTROL_CHARACTERS', 'email'],
    ['a password as long as a book', { e: 'a@example.com', p: 'x'.repeat(201) }, 'TEXT_TOO_LONG', 'password'],
  ])('says what is wrong with %s', async (_, variables, code, field) => {
    expect(await house.system.anonymous.refusal(SIGN_IN, variables)).toMatchObject({ code, field });
  });

  describe('a refresh token', () => {
    it('gives new tokens for the same session, and is another one each time', async () => {
      const anna = await house.hire();
      const first = await house.signIn(anna.email, anna.password);
      const second = await refresh(first.refreshToken);
      const third = await refresh(second.refreshToken);
      expect([second.id, third.id]).toEqual([first.id, first.id]);
      expect(third.user.id).toBe(anna.id);
      expect(new Set([first, second, third].map((tokens) => tokens.refreshToken)).size).toBe(3);
    });

    it('that was used before is refused, and the session ends, for the thief and for the owner', async () => {
      const anna = await house.hire();
      const first = await house.signIn(anna.email, anna.password);
      const second = await refresh(first.refreshToken);
      const refusal = { code: 'SESSION_ENDED' };
      expect(await house.system.anonymous.refusal(REFRESH, { t: first.refreshToken })).toMatchObject(refusal);
      expect(await house.system.anonymous.refusal(REFRESH, { t: second.refreshToken })).toMatchObject(refusal);
      await ended(first.id);
      const asker = house.system.asker(anna.id, first.id);
      await eventually(async () => (await asker.refusal(ME)).code === 'SESSION_ENDED');
    });

    it('serves one of two who come with it at the same moment', async () => {
      const anna = await house.hire();
      const { refreshToken } = await house.signIn(anna.email, anna.password);
      const outcomes = await Promise.allSettled([refresh(refreshToken), refresh(refreshToken)]);
      expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1);
    });

    it('that was made up ends nothing, though it names a session', async () => {
      const anna = await house.hire();
      const { refreshToken } = await house.signIn(anna.email, anna.password);
      const bytes = Buffer.from(refreshToken, 'base64url');
      const forged = Buffer.concat([bytes.subarray(0, 16), Buffer.alloc(64, 7)]).toString('base64url');
      const refusal = { code: 'INVALID_CREDENTIALS', field: 'refreshToken' };
      expect(await house.system.anonymous.refusal(REFRESH, { t: forged })).toMatchObject(refusal);
      expect(await house.system.anonymous.refusal(REFRESH, { t: 'made up' })).toMatchObject(refusal);
      expect((await refresh(refreshToken)).user.id).toBe(anna.id);
    });

    it('is not in the database in a form that could be used', async () => {
      const anna = await house.hire();
      const { id, refreshToken } = await house.signIn(anna.email, anna.password);
      const { rows } = await house.system.service.database.query<Record<'family_hash' | 'token_hash', Buffer>>({
        text: 'select family_hash, token_hash from refresh_token where session_id = $1',
        values: [id],
      });
      const bytes = Buffer.from(refreshToken, 'base64url');
      expect(rows).toHaveLength(1);
      expect(bytes.includes(rows[0]?.family_hash ?? bytes)).toBe(false);
      expect(bytes.includes(rows[0]?.token_hash ?? bytes)).toBe(false);
    });
  });

  describe('a session', () => {
    it('ends with signing out: its tokens are refused then', async () => {
      const anna = await house.hire();
      const session = await house.signIn(anna.email, anna.password);
      const asker = house.system.asker(anna.id, session.id);
      expect(await asker.get(ME)).toEqual({ me: { id: anna.id } });
      expect(await asker.get('mutation { signOut }')).toEqual({ signOut: true });
      await eventually(async () => (await asker.refusal(ME)).code === 'SESSION_ENDED');
      expect(await house.system.anonymous.refusal(REFRESH, { t: session.refreshToken })).toMatchObject({
        code: 'SESSION_ENDED',
      });
      expect(await ended(session.id)).toMatchObject({ actor: anna.id, aggregateVersion: 2 });
    });

    it('is listed to its person and can be revoked from another', async () => {
      const anna = await house.hire();
      const phone = await house.signIn(anna.email, anna.password);
      const desk = await house.signIn(anna.email, anna.password);
      const asker = house.system.asker(anna.id, desk.id);
      const list = async () =>
        (await asker.get<{ sessions: { id: string; current: boolean }[] }>('{ sessions { id current } }')).sessions;
      expect(await list()).toEqual(
        expect.arrayContaining([
          { id: desk.id, current: true },
          { id: phone.id, current: false },
        ]),
      );
      const { endSession } = await asker.get<{ endSession: unknown }>(
        'mutation ($id: ID!) { endSession(id: $id) { id ended } }',
        { id: phone.id },
      );
      expect(endSession).toEqual({ id: phone.id, ended: true });
      expect(await list()).toEqual([{ id: desk.id, current: true }]);
      await eventually(async () => (await house.system.asker(anna.id, phone.id).refusal(ME)).code === 'SESSION_ENDED');
    });

    it('shows when, where and with what it was last used', async () => {
      const anna = await house.hire();
      const askFrom = async (query: string, variables: object, address: string) =>
        house.system.stranger({ address, userAgent: 'Browser/1' }).get<Record<string, Tokens>>(query, variables);
      const { signIn } = await askFrom(
        'mutation ($e: String!, $p: String!) { signIn(email: $e, password: $p) { id refreshToken } }',
        { e: anna.email, p: anna.password },
        '198.51.100.7',
      );
      const seen = async () =>
        (await anna.asker.get<{ sessions: unknown[] }>('{ sessions { startedAt lastUsedAt address userAgent } }'))
          .sessions;
      const startedAt = house.system.clock.now().toISOString();
      const about = { startedAt, userAgent: 'Browser/1' };
      expect(await seen()).toEqual([{ ...about, lastUsedAt: startedAt, address: '198.51.100.7' }]);
      const later = new Date(house.system.clock.now().getTime() + 600_000);
      house.system.clock.set(later);
      await askFrom(REFRESH, { t: signIn!.refreshToken }, '2001:db8::7');
      const refreshed = await seen();
      house.system.clock.set(startedAt);
      expect(refreshed).toEqual([{ ...about, lastUsedAt: later.toISOString(), address: '2001:db8::7' }]);
    });

    it('is listed and ended by who manages people, and by no other', async () => {
      const [anna, boris] = [await house.hire(), await house.hire()];
      const { id } = await house.signIn(boris.email, boris.password);
      const LIST = 'query ($id: ID) { sessions(userId: $id) { id current } }';
      expect(await house.admin.get(LIST, { id: boris.id })).toEqual({ sessions: [{ id, current: false }] });
      expect(await anna.asker.refusal(LIST, { id: boris.id })).toMatchObject({ code: 'FORBIDDEN', field: 'userId' });
      const END = 'mutation ($id: ID!) { endSession(id: $id) { id ended } }';
      expect(await house.admin.get(END, { id })).toEqual({ endSession: { id, ended: true } });
      expect(await ended(id)).toMatchObject({ actor: house.admin.id });
      await eventually(async () => (await house.system.asker(boris.id, id).refusal(ME)).code === 'SESSION_ENDED');
    });

    it('of somebody else cannot be ended, nor told from one that is not there', async () => {
      const [anna, boris] = [await house.hire(), await house.hire()];
      const { id } = await house.signIn(boris.email, boris.password);
      const END = 'mutation ($id: ID!) { endSession(id: $id) { id } }';
      const absent = '0190a8f2-7c1e-7d44-9b60-3c5f0e6a1b2d';
      expect(await anna.asker.refusal(END, { id })).toMatchObject({ code: 'NOT_FOUND', field: 'id' });
      expect(await anna.asker.refusal(END, { id: absent })).toMatchObject({ code: 'NOT_FOUND', field: 'id' });
      expect(await anna.asker.refusal(END, { id: 'x' })).toMatchObject({ code: 'INVALID_ID', field: 'id' });
    });

    it('ends when its person is deactivated, and does not come back with him', async () => {
      const anna = await house.hire();
      const session = await house.signIn(anna.email, anna.password);
      const asker = house.system.asker(anna.id, session.id);
      await asker.get(ME);
      const set = (active: boolean) =>
        house.admin.get('mutation ($id: ID!, $a: Boolean) { updateUser(id: $id, input: { active: $a }) { id } }', {
          id: anna.id,
          a: active,
        });
      await set(false);
      expect(await ended(session.id)).toMatchObject({ actor: house.admin.id });
      await eventually(async () => (await asker.refusal(ME)).code === 'UNAUTHENTICATED');
      expect(await house.system.anonymous.refusal(REFRESH, { t: session.refreshToken })).toMatchObject({
        code: 'SESSION_ENDED',
      });
      await set(true);
      await eventually(async () => (await asker.refusal(ME)).code === 'SESSION_ENDED');
      expect((await house.signIn(anna.email, anna.password)).user.id).toBe(anna.id);
    });

    it('is over after 30 days', async () => {
      const anna = await house.hire();
      const { refreshToken } = await house.signIn(anna.email, anna.password);
      const begun = house.system.clock.now();
      house.system.clock.set(new Date(begun.getTime() + 30 * 24 * 3_600_000));
      const refusal = await house.system.anonymous.refusal(REFRESH, { t: refreshToken });
      house.system.clock.set(begun);
      expect(refusal).toMatchObject({ code: 'SESSION_ENDED' });
    });
  });

  describe('another password', () => {
    const CHANGE = `mutation ($now: String!, $next: String!) {
      changePassword(currentPassword: $now, newPassword: $next) { id } }`;

    it('is chosen by its person, whose other sessions end', async () => {
      const anna = await house.hire();
      const [phone, desk] = [
        await house.signIn(anna.email, anna.password),
        await house.signIn(anna.email, anna.password),
      ];
      const asker = house.system.asker(anna.id, desk.id);
      await asker.get(CHANGE, { now: anna.password, next: 'another long password' });
      await ended(phone.id);
      expect(await asker.get('{ sessions { id } }')).toEqual({ sessions: [{ id: desk.id }] });
      expect(await house.system.anonymous.refusal(SIGN_IN, { e: anna.email, p: anna.password })).toMatchObject({
        code: 'INVALID_CREDENTIALS',
      });
      expect((await house.signIn(anna.email, 'another long password')).user.id).toBe(anna.id);
    });

    it('needs the present one, and one that is hard to guess', async () => {
      const anna = await house.hire({ name: 'Anna' });
      expect(await anna.asker.refusal(CHANGE, { now: 'a guess', next: 'another long password' })).toMatchObject({
        code: 'INVALID_CREDENTIALS',
        field: 'currentPassword',
      });
      expect(await anna.asker.refusal(CHANGE, { now: anna.password, next: 'short' })).toMatchObject({
        code: 'PASSWORD_TOO_SHORT',
        field: 'newPassword',
      });
      const given = { id: anna.id, password: 'what anna likes' };
      expect(await anna.asker.refusal(CHANGE, { now: anna.password, next: given.password })).toMatchObject({
        code: 'PASSWORD_NAMES_ITS_PERSON',
        field: 'newPassword',
      });
      const GIVE =
        'mutation ($id: ID!, $password: String) { updateUser(id: $id, input: { password: $password }) { id } }';
      expect(await house.admin.refusal(GIVE, given)).toMatchObject({
        code: 'PASSWORD_NAMES_ITS_PERSON',
        field: 'input.password',
      });
    });

    it('can be given by an administrator, and then every session of its person ends', async () => {
      const anna = await house.hire();
      const session = await house.signIn(anna.email, anna.password);
      await house.admin.get(
        'mutation ($id: ID!) { updateUser(id: $id, input: { password: "given by the admin" }) { id } }',
        { id: anna.id },
      );
      await ended(session.id);
      expect((await house.signIn(anna.email, 'given by the admin')).user.id).toBe(anna.id);
    });
  });
});
