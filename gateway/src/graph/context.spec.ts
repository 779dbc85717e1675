import { describe, expect, it } from '@jest/globals';
import { correlationIdOf, traceparentOf } from './context.js';

describe('What a client may send along', () => {
  it('is a correlation id that is a UUID, and anything else is replaced', () => {
    const id = '0190a8f2-6a1c-7d3e-8f21-0123456789ab';
    expect(correlationIdOf({ 'x-correlation-id': id })).toBe(id);
    expect(correlationIdOf({ 'x-correlation-id': 'a\nb' })).toMatch(/^[0-9a-f-]{36}$/);
    expect(correlationIdOf({})).not.toBe(correlationIdOf({}));
  });

  it('is a trace context as the W3C writes it', () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    expect(traceparentOf({ traceparent })).toBe(traceparent);
  });

  it.each(['', 'x', `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`, `ff-${'1'.repeat(32)}-00f067aa0ba902b7-01`])(
    'is not a malformed trace context: “%s”',
    (traceparent) => {
      expect(traceparentOf({ traceparent })).toBeNull();
    },
  );
});
