import { describe, expect, it } from '@jest/globals';
import { checkJson } from './body.js';

const check = (json: string) => checkJson(Buffer.from(json), 0);
const lists = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;

describe('JSON that a client sends', () => {
  it.each([
    ['twenty levels', lists(20)],
    ['any number of them side by side', `[${Array(1_000).fill(lists(10)).join()}]`],
    ['brackets that are text', JSON.stringify({ a: '[['.repeat(100), b: '\\"[['.repeat(100), c: '\\' })],
    ['what is not even JSON, for the parser to refuse', ']]]]"[[['],
  ])('may be %s', (_, json) => {
    expect(check(json)).toBeNull();
  });

  it.each([
    ['twenty-one levels', lists(21)],
    ['brackets without end', '['.repeat(1_000_000)],
    ['levels behind a text that ends in a backslash', `{"a":"\\\\","b":${lists(30)}}`],
    ['more than a hundred thousand values', JSON.stringify(Array(100_001).fill(0))],
  ])('may not be %s', (_, json) => {
    expect(check(json)).toMatchObject({ code: 'QUERY_TOO_COMPLEX' });
  });
});
