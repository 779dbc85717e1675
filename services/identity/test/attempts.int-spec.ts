import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DomainError } from '@voronka/contracts';
import { network, type RunningService } from '@voronka/service-kit';
import { doorsOf } from '../src/sign-in/sign-in.doors.js';
import { Attempts } from '../src/user/user.attempts.js';
import { openHouse, type Hired, type House, type Tokens } from './house.js';

const SIGN_IN = `mutation ($e: String!, $p: String!, $f: String) {
  signIn(email: $e, password: $p, formerToken: $f) { id refreshToken } }`;
const wrong = { code: 'INVALID_CREDENTIALS' };
const shut = { code: 'TOO_MANY_ATTEMPTS' };

describe('guessing', () => {
  let house: House;
  let anna: Hired;
  beforeAll(async () => {
    house = await openHouse();
  });
  afterAll(() => house.system.stop());
  beforeEach(async () => {
    anna = await house.hire();
  });

  let addresses = 0;
  /** An address that nobody had before. */
  const somewhere = () => `2001:db8:${(++addresses).toString(16)}::1`;
  const at = (address: string) => house.system.stranger({ address, userAgent: 'Browser/1' });
  const guess = (address: string, email = anna.email, password = 'a wrong guess') =>
    at(address).refusal(SIGN_IN, { e: email, p: password });
  const signIn = async (address: string, formerToken: string | null = null, person = anna) =>
    (await at(address).get<{ signIn: Tokens }>(SIGN_IN, { e: person.email, p: person.password, f: formerToken }))
      .signIn;
  const pass = (seconds: number) =>
    house.system.clock.set(new Date(house.system.clock.now().getTime() + seconds * 1000));
  /** Guesses until there is a wait, and answers how often it was said to be wrong. */
  const guessUntilShut = async (next: () => Promise<{ code: string }>) => {
    for (let n = 0; n < 200; n++) if ((await next()).code === shut.code) return n;
    throw new Error('200 guesses, and no wait');
  };
  const rows = async () =>
    (await house.system.service.database.query<{ door: Buffer }>({ text: 'select door from failed_attempt' })).rows;

  it('makes one wait where he guesses, right or wrong, longer each time, for a quarter of an hour at most', async () => {
    const here = somewhere();
    expect(await guessUntilShut(() => guess(here))).toBe(5);
    const waits: number[] = [];
    for (let n = 0; n < 14; n++) {
      const refusal = await guess(here, anna.email, anna.password);
      expect(refusal).toMatchObject(shut);
      const seconds = Number(/^Too many attempts went wrong here\. Try again in (\d+) s\.$/.exec(refusal.message)?.[1]);
      waits.push(seconds);
      pass(seconds);
      expect(await guess(here)).toMatchObject(wrong);
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900, 900]);
    pass(900);
    expect((await signIn(here)).id).toBeTruthy();
  });

  it('does not make waiting longer while one waits', async () => {
    const here = somewhere();
    await guessUntilShut(() => guess(here));
    for (let n = 0; n < 10; n++) expect(await guess(here)).toMatchObject(shut);
    pass(1);
    expect((await signIn(here)).id).toBeTruthy();
  });

  it('is begun anew after a right password', async () => {
    const here = somewhere();
    for (let n = 0; n < 4; n++) expect(await guess(here)).toMatchObject(wrong);
    await signIn(here);
    expect(await guessUntilShut(() => guess(here))).toBe(5);
  });

  it('is forgotten after a day, and leaves nothing', async () => {
    const here = somewhere();
    for (let n = 0; n < 4; n++) await guess(here);
    expect((await rows()).length).toBeGreaterThan(0);
    pass(24 * 3600);
    expect(await guessUntilShut(() => guess(here))).toBe(5);
    for (let n = 0; n < 20; n++) await guess(somewhere(), 'nobody@example.com');
    const old = await house.system.service.database.query({
      text: 'select from failed_attempt where forgotten_at <= $1',
      values: [house.system.clock.now()],
    });
    expect(old.rowCount).toBe(0);
  });

  it('from everywhere at somebody makes strangers wait, and not him where he was signed in before', async () => {
    const [home, device] = [somewhere(), await signIn(somewhere())];
    await signIn(home);
    expect(await guessUntilShut(() => guess(somewhere()))).toBe(20);
    expect(await guess(somewhere(), anna.email, anna.password)).toMatchObject(shut);

    expect((await signIn(home)).id).toBeTruthy();
    const sameNetwork = home.replace('::1', '::abcd');
    expect((await signIn(sameNetwork)).id).toBeTruthy();
    expect((await signIn(somewhere(), device.refreshToken)).id).toBeTruthy();
  });

  it('from everywhere is not made good by a right password somewhere', async () => {
    for (let n = 0; n < 19; n++) expect(await guess(somewhere())).toMatchObject(wrong);
    await signIn(somewhere());
    expect(await guess(somewhere())).toMatchObject(wrong);
    expect(await guess(somewhere())).toMatchObject(shut);
  });

  it('is not made easier by what the same device, or the home, of somebody else is', async () => {
    const boris = await house.hire();
    const [home, device] = [somewhere(), await signIn(somewhere(), null, boris)];
    await signIn(home, null, boris);
    await guessUntilShut(() => guess(somewhere()));
    const asAnna = (address: string, f: string | null) =>
      at(address).refusal(SIGN_IN, { e: anna.email, p: anna.password, f });
    expect(await asAnna(home, null)).toMatchObject(shut);
    expect(await asAnna(somewhere(), device.refreshToken)).toMatchObject(shut);
    expect(await asAnna(somewhere(), 'made up')).toMatchObject(shut);
  });

  it('at home makes one wait there, and not at another place that he knows', async () => {
    const [home, office] = [somewhere(), somewhere()];
    await signIn(home);
    await signIn(office);
    expect(await guessUntilShut(() => guess(home))).toBe(5);
    expect((await signIn(office)).id).toBeTruthy();
  });

  it('is known as his place for 90 days', async () => {
    const [home, far] = [somewhere(), somewhere()];
    await signIn(home);
    pass(89 * 24 * 3600);
    await guessUntilShut(() => guess(somewhere()));
    await signIn(home);
    pass(91 * 24 * 3600);
    await guessUntilShut(() => guess(somewhere()));
    expect(await guess(home, anna.email, anna.password)).toMatchObject(shut);
    expect(await guess(far, anna.email, anna.password)).toMatchObject(shut);
  });

  it('at many people from one place makes that place wait, and not who is at home there', async () => {
    const office = somewhere();
    await signIn(office);
    // The guesses' own doors are left out: it takes long to look at a hundred passwords.
    const attempts = house.system.service.app.get(Attempts, { strict: false });
    const [, , place] = doorsOf('somebody@example.com', { name: network(office), familiar: false });
    const no = new DomainError('INVALID_CREDENTIALS', 'No.');
    const wrongly = () => attempts.at([place!], () => Promise.resolve(no)).catch((error: DomainError) => error);
    expect(await guessUntilShut(wrongly)).toBe(100);
    expect((await signIn(office)).id).toBeTruthy();
    const boris = await house.hire();
    expect(await guess(office, boris.email, boris.password)).toMatchObject(shut);
  });

  it('looks the same for somebody and for nobody', async () => {
    const answers = async (email: string) => {
      const said: object[] = [];
      const here = somewhere();
      for (let n = 0; n < 7; n++) said.push(await guess(here, email));
      for (let n = 0; n < 20; n++) said.push(await guess(somewhere(), email));
      return said;
    };
    expect(await answers('nobody.at.all@example.com')).toEqual(await answers(anna.email));
  });

  it('at the same moment gains nothing', async () => {
    const here = somewhere();
    await guess(here);
    const said = await Promise.all(Array.from({ length: 40 }, () => guess(here)));
    const learnt = said.filter(({ code }) => code === wrong.code).length;
    // The pool lets some through together.
    expect(learnt).toBeLessThan(20);
    const refusal = await guess(here, anna.email, anna.password);
    expect(refusal).toMatchObject(shut);
    expect(refusal.message).toMatch(/ 1 s\.$/);
  });

  it('that was begun while one might, and is done when one may not, tells nothing and makes nobody wait longer', async () => {
    const attempts = house.system.service.app.get(Attempts, { strict: false });
    const doors = [{ name: 'a door', free: 5 }];
    const begun = (answer: true | DomainError) => {
      let end = () => {};
      const ended = new Promise<void>((resolve) => (end = resolve));
      const outcome = attempts
        .at(doors, async () => {
          await ended;
          return answer;
        })
        .catch((error: unknown) => (error as DomainError).code);
      return { outcome, end };
    };
    const no = new DomainError('WRONG_CODE', 'No.');
    const early = Array.from({ length: 12 }, () => begun(no));
    const right = begun(true);
    // All have looked at the door by then.
    await attempts.at([{ name: 'another door', free: 5 }], () => Promise.resolve(true));
    for (const { end, outcome } of early.slice(0, 4)) {
      end();
      expect(await outcome).toBe(no.code);
    }
    for (const { end } of early) end();
    await Promise.all(early.map(({ outcome }) => outcome));
    right.end();
    expect(await right.outcome).toBe(shut.code);
    await expect(attempts.at(doors, () => Promise.resolve(true))).rejects.toThrow(/ 1 s\.$/);
  });

  it('is counted in all instances together', async () => {
    const here = somewhere();
    for (let n = 0; n < 5; n++) await guess(here);
    let other: RunningService | undefined;
    try {
      other = await house.system.another();
      const response = await fetch(other.url, {
        method: 'POST',
        headers: {
          ...{ 'content-type': 'application/json', 'x-client-address': here },
          authorization: await at(here).authorization(),
        },
        body: JSON.stringify({ query: SIGN_IN, variables: { e: anna.email, p: anna.password } }),
      });
      expect(await response.json()).toMatchObject({ errors: [{ extensions: shut }] });
    } finally {
      await other?.stop();
    }
  });

  it('the present password in a session is counted in that session', async () => {
    const CHANGE =
      'mutation ($now: String!) { changePassword(currentPassword: $now, newPassword: "another long one") { id } }';
    const [thief, own] = [await signIn(somewhere()), await signIn(somewhere())];
    const asThief = house.system.asker(anna.id, thief.id);
    expect(await guessUntilShut(() => asThief.refusal(CHANGE, { now: 'a guess' }))).toBe(5);
    expect(await asThief.refusal(CHANGE, { now: anna.password })).toMatchObject(shut);
    expect(await house.system.asker(anna.id, own.id).get(CHANGE, { now: anna.password })).toBeTruthy();
  });
});
