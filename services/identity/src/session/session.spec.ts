import { describe, expect, it } from '@jest/globals';
import { SessionEnded, SessionStarted } from '@voronka/contracts';
import { CrmRecord } from '@voronka/service-kit/record';
import { User } from '../user/user.js';
import { Session } from './session.js';

const now = new Date('2026-03-02T09:00:00.000Z');
const id = '0190a8f2-7c1e-7d44-9b60-3c5f0e6a1b2d';
const person = (active = true) =>
  Object.assign(CrmRecord.born(User, '0190a8f2-7c1e-7d44-9b60-000000000001', null, now), {
    active,
    passwordHash: 'proven',
  });
const proof = { passwordHash: 'proven', secondFactor: false };
const started = () => Session.start(id, person(), proof, now)[0]?.record as Session;

describe('a session', () => {
  it('starts for 30 days', () => {
    const [event] = Session.start(id, person(), proof, now);
    expect(event).toMatchObject({
      declaration: SessionStarted,
      data: { session: { startedAt: '2026-03-02T09:00:00.000Z', endsAt: '2026-04-01T09:00:00.000Z', ended: false } },
    });
  });

  it('does not start for someone who was locked out or has another password by now', () => {
    const refusal = expect.objectContaining({ code: 'INVALID_CREDENTIALS' });
    expect(() => Session.start(id, person(false), proof, now)).toThrow(refusal);
    expect(() => Session.start(id, person(), { ...proof, passwordHash: 'the one before' }, now)).toThrow(refusal);
    const vouchedFor = { passwordHash: null, secondFactor: true };
    expect(() => Session.start(id, person(false), vouchedFor, now)).toThrow(refusal);
    expect(Session.start(id, person(), vouchedFor, now)).toHaveLength(1);
  });

  it('ends once', () => {
    const session = started();
    expect(session.end(now)).toMatchObject([{ declaration: SessionEnded, data: { session: { ended: true } } }]);
    expect(session.end(now)).toEqual([]);
    expect(session.isOpen(now)).toBe(false);
  });

  it('is open until its last moment', () => {
    const session = started();
    expect(session.isOpen(new Date(session.endsAt.getTime() - 1))).toBe(true);
    expect(session.isOpen(session.endsAt)).toBe(false);
  });
});
