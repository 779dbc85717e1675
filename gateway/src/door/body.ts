import type { FastifyInstance } from 'fastify';
import { defaultLimits, tooMuch } from '../document/limits.js';
import type { Refusal } from '../graph/refusal.js';

/** A body that is readable and asks for too much. */
export class RefusedBody extends Error {
  constructor(readonly refusal: Refusal) {
    super(refusal.message);
  }
}

/** The body, and the object of its variables, stand around each value. */
const AROUND = 2;
const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c];

/**
 * Reads JSON as Fastify does (a `__proto__` in it is refused), after a look at the bytes: brackets within brackets and
 * values without end cost much to parse, and more in whatever recurses into them afterwards.
 */
export function readBodies(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    const refusal = checkJson(body, AROUND);
    if (refusal) done(new RefusedBody(refusal));
    else void parse(request, body.toString(), done);
  });
}

/** Refuses JSON with more values, or more levels beyond `around`, than a variable may have. It need not be well-formed. */
export function checkJson(json: Buffer, around: number, limits = defaultLimits): Refusal | null {
  let depth = 0;
  let values = 0;
  let inText = false;
  for (let i = 0; i < json.length; i++) {
    const byte = json[i];
    if (inText) {
      if (byte === BACKSLASH) i++;
      else if (byte === QUOTE) inText = false;
    } else if (byte === QUOTE) inText = true;
    else if (byte === 0x5b || byte === 0x7b) {
      if (++depth > limits.valueDepth + around) return tooMuch('valueDepth', limits.valueDepth);
    } else if (byte === 0x5d || byte === 0x7d) depth--;
    else if (byte === COMMA && ++values >= limits.values) return tooMuch('values', limits.values);
  }
  return null;
}
