import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { hostile } from './hostile.js';
import type { Frontier } from './frontier.js';
import { openFrontier } from './frontier.js';
import { accessToken } from './organisation.js';

let frontier: Frontier;
beforeAll(async () => {
  frontier = await openFrontier(readFileSync(join(import.meta.dirname, '../supergraph.graphql'), 'utf8'));
});
afterAll(() => frontier.close());

describe('A hostile client', () => {
  it('has tried more than forty ways', () => {
    expect(new Set(hostile.map(({ name }) => name)).size).toBeGreaterThan(40);
  });

  it.each(hostile)('is refused, and no service is asked: $name', async ({ code, query, variables, body, stranger }) => {
    const payload = body ?? { query, variables };
    const answer = await request(frontier.url)
      .post('/graphql')
      .set(stranger ? {} : { authorization: `Bearer ${await accessToken()}` })
      .set('content-type', 'application/json')
      .send(typeof payload === 'string' ? payload : JSON.stringify(payload));
    expect(answer.body.errors.map((error: { extensions: { code: string } }) => error.extensions.code)).toContain(code);
    expect(answer.body.data).toBeUndefined();
    expect(answer.text).not.toMatch(/Did you mean|\bat .*\.js|node_modules/);
    expect(frontier.asked).toEqual([]);
  });

  it('has broken nothing: the gateway answers the next', async () => {
    const answer = await request(frontier.url).post('/graphql').send({ query: '{ me { id } }' });
    expect(answer.body.data).toEqual({ me: { id: 'u1' } });
    expect(frontier.asked).toHaveLength(1);
    expect(frontier.log.filter((line) => line.includes('"level":50'))).toEqual([]);
  });
});
