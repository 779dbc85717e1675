import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import type { Organisation } from './organisation.js';
import { openOrganisation } from './organisation.js';

let organisation: Organisation;
beforeAll(async () => {
  organisation = await openOrganisation();
});
afterAll(() => organisation.close());

describe('The page for queries', () => {
  it('consists of files of this gateway alone, and its policy allows no others', async () => {
    const { text, headers } = await request(organisation.url).get('/').expect(200).expect('content-type', /html/);
    const files = [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, file]) => file!);
    const served = files.filter((file) => file !== 'data:,');
    const responses = await Promise.all(served.map((file) => request(organisation.url).get(file)));

    expect(served.length).toBeGreaterThan(4);
    expect(served.filter((file) => !file.startsWith('/graphiql/'))).toEqual([]);
    expect(responses.map(({ status }) => status)).toEqual(served.map(() => 200));
    expect(headers['content-security-policy']).toContain("default-src 'none';script-src 'self';");
    expect(headers['content-security-policy']).not.toMatch(/https?:/);
  });

  it('is where a browser is sent that opens /graphql', async () => {
    await request(organisation.url).get('/graphql').set('accept', 'text/html').expect(302).expect('location', '/');
  });

  it('is not sent again to a browser that has it', async () => {
    const { headers } = await request(organisation.url).get('/graphiql/graphiql.css');
    await request(organisation.url).get('/graphiql/graphiql.css').set('if-none-match', headers['etag']!).expect(304);
  });

  it.each(['/graphiql/../package.json', '/graphiql/%2e%2e%2fpackage.json', '/graphiql/constructor'])(
    'is no way to other files: %s',
    async (path) => {
      const { status } = await request(organisation.url).get(path);
      expect(status).toBe(404);
    },
  );
});
