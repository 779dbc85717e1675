import { describe, expect, it } from '@jest/globals';
import { OutboxFloor } from './outbox-floor.js';

const NONE = Number.MIN_SAFE_INTEGER;

describe('the floor of the outbox', () => {
  /** Looks with what the database would say, a second after the last look. */
  const floor = () => {
    let clock = 0;
    const it = new OutboxFloor(() => clock);
    const look = (drawn: number, xmin: number, xmax: number, first?: number) => {
      clock += 1000;
      expect(it.due()).toBe(true);
      it.look({ drawn, xmin, xmax, first });
      expect(it.due()).toBe(false);
      return it.id;
    };
    return { it, look, pass: (ms: number) => (clock += ms) };
  };

  it('rises to an id once all transactions have ended that may have drawn one below', () => {
    const { look } = floor();
    expect(look(100, 7, 12)).toBe(NONE);
    expect(look(150, 11, 20)).toBe(NONE);
    expect(look(200, 12, 25)).toBe(100);
    // The next is the id that was drawn when 100 was reached.
    expect(look(300, 24, 40)).toBe(100);
    expect(look(400, 25, 50)).toBe(200);
  });

  it('stays below the first row that is there, and never sinks', () => {
    const { look } = floor();
    look(100, 7, 12);
    expect(look(200, 12, 20, 40)).toBe(39);
    expect(look(300, 20, 30, 40)).toBe(39);
    expect(look(400, 30, 40, 250)).toBe(249);
  });

  it('begins anew where something is released, and sometimes where nothing waits', () => {
    const { it, look, pass } = floor();
    look(100, 7, 12);
    expect(look(200, 12, 20)).toBe(100);
    it.resetSometimes();
    expect(it.id).toBe(NONE);
    expect(look(300, 20, 30)).toBe(200);
    it.resetSometimes();
    expect(it.id).toBe(200);
    pass(10_000);
    it.resetSometimes();
    expect(it.id).toBe(NONE);
    expect(look(400, 30, 40)).toBe(300);
    it.reset();
    expect(it.id).toBe(NONE);
  });
});
