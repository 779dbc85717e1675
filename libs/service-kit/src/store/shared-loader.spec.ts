import { sharedLoader } from './shared-loader.js';

const counting = () => {
  const calls: string[][] = [];
  const load = sharedLoader((keys) => {
    calls.push([...keys]);
    if (keys.includes('broken')) return Promise.reject(new Error('The database is away'));
    return Promise.resolve(keys.map((key) => key.toUpperCase()));
  });
  return { calls, load };
};
const many = (n: number) => Array.from({ length: n }, (_, i) => String(i));

describe('What is asked at the same moment', () => {
  it('shares a call, and each has his own in his order', async () => {
    const { calls, load } = counting();
    expect(await Promise.all([load(['b', 'a']), load([]), load(['a'])])).toEqual([['B', 'A'], [], ['A']]);
    expect(calls).toEqual([['b', 'a', 'a']]);
  });

  it('is read again when it is asked later', async () => {
    const { calls, load } = counting();
    await load(['a']);
    await load(['a']);
    expect(calls).toEqual([['a'], ['a']]);
  });

  it('is divided where it is more than a call answers, none of it between two', async () => {
    const { calls, load } = counting();
    const asked = await Promise.all([load(many(300)), load(many(200)), load(many(1)), load(many(900)), load(many(2))]);
    expect(asked.map((values) => values.length)).toEqual([300, 200, 1, 900, 2]);
    expect(calls.map((keys) => keys.length)).toEqual([500, 1, 900, 2]);
  });

  it('fails for all who share the call, and for nobody after', async () => {
    const { load } = counting();
    const [first, second] = await Promise.allSettled([load(['a']), load(['broken'])]);
    expect([first?.status, second?.status]).toEqual(['rejected', 'rejected']);
    expect(await load(['a'])).toEqual(['A']);
  });
});
