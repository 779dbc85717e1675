import { describe, expect, it } from '@jest/globals';
import type { Traces } from '@voronka/service-kit/process';
import { anonymous, type Asker } from '../identity/asker.js';
import { Arrivals, codeIn } from './trace.js';

const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
const sampled = `00-${trace}-00f067aa0ba902b7-01`;
const passed = `00-${trace}-00f067aa0ba902b7-00`;
const begun = `00-${trace}-b7ad6b7169203331-01`;
const anna: Asker = { userId: '01930000-0000-7000-8000-000000000001', claims: {} };

const traces: Traces = {
  begin: () => undefined,
  arrive: () => ({ traceparent: begun, end: () => {} }),
  stop: () => Promise.resolve(),
};
/** What a request carries on where one in ten is traced, and the dice show so much. */
const carried = (traceparent: string | undefined, asker: Asker, dice: number) =>
  new Arrivals(traces, 0.1, () => dice).arrive({ ...(traceparent && { traceparent }) }, asker).traceparent;

describe('what is traced', () => {
  it('is a share of what comes', () => {
    expect(carried(undefined, anna, 0.09)).toBe(begun);
    expect(carried(undefined, anna, 0.1)).toBeNull();
    expect(carried(passed, anna, 0.09)).toBe(begun);
  });

  it('is what somebody who is signed in wants to be', () => {
    expect(carried(sampled, anna, 0.5)).toBe(begun);
    expect(carried(passed, anna, 0.5)).toBe(passed);
  });

  it('is not decided by strangers: their trace goes on, and nobody takes it down', () => {
    expect(carried(sampled, anonymous, 0.5)).toBe(passed);
    expect(carried(sampled, anonymous, 0.05)).toBe(begun);
  });

  it('is nobody’s business where there is no collector: what came is passed on', () => {
    const off = new Arrivals(undefined, 1);
    expect(off.arrive({ traceparent: sampled }, anonymous)).toEqual({ traceparent: sampled });
    expect(off.arrive({}, anna)).toEqual({ traceparent: null });
  });
});

it('a trace says the code of an error, and none of its words', () => {
  const error = { message: 'Sophie Barnes has that', extensions: { code: 'ALREADY_EXISTS' } };
  expect(codeIn({ errors: [error] })).toBe('ALREADY_EXISTS');
  expect(codeIn({ errors: [{ message: 'Sophie' }] })).toBe('INTERNAL');
  expect(codeIn({})).toBeUndefined();
});
