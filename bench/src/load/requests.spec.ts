import { describe, expect, it } from '@jest/globals';
import { requestsOf, type Known } from './requests.js';

const variables = (body: string) => (JSON.parse(body) as { variables: Record<string, unknown> }).variables;
const askers = [
  { token: 'anna', ids: ['a1', 'a2'] },
  { token: 'boris', ids: ['b1'] },
];
const knowing = (answer: string): Known => ({ body: '{}', token: 'anna', answer });

describe('what is asked', () => {
  it('comes in turn, and only the answer to the letter is right', () => {
    const next = requestsOf({ kind: 'known', known: [knowing('{"data":1}'), knowing('{"data":2}')] });
    const asked = [next(), next(), next()];
    expect(asked.map((request) => [request.right('{"data":1}'), request.right('{"data":2}')])).toEqual([
      [true, false],
      [false, true],
      [true, false],
    ]);
  });

  it('while others write is right where it begins as it did, and is whole', () => {
    const { right } = requestsOf({ kind: 'alike', known: [knowing('{"data":{"deals":{"nodes":[{"id":"1"}]}}}')] })();
    expect(right('{"data":{"deals":{"nodes":[{"id":"2"},{"id":"1"}]}}}')).toBe(true);
    expect(right('{"data":{"deals":{"nodes":[{"id":"2"}')).toBe(false);
    expect(right('{"data":{"deals":null}}')).toBe(false);
    expect(right('{"data":{"deals":{"nodes":[]}},"errors":[]}')).toBe(false);
  });

  it('about a card that others may change must be that card still', () => {
    const id = '01930000-0000-7000-8000-000000000001';
    const card = `{"data":{"deal":{"id":"${id}","title":"Forty units","status":"OPEN","lines":[]}}}`;
    const { right } = requestsOf({ kind: 'alike', known: [knowing(card)] })();
    expect(right(card.replace('OPEN', 'WON'))).toBe(true);
    expect(right(card.replace(id, id.replace('1"', '2"')).replace('0001', '0002'))).toBe(false);
  });

  it('of a mixture has each in its share, evenly', () => {
    const part = (share: number, answer: string) =>
      ({ share, source: { kind: 'known', known: [knowing(answer)] } }) as const;
    const next = requestsOf({ kind: 'mixed', parts: [part(80, 'read'), part(20, 'write')] });
    const asked = Array.from({ length: 50 }, () => (next().right('read') ? 'read' : 'write'));
    expect(asked.filter((kind) => kind === 'write')).toHaveLength(10);
    expect(asked.slice(0, 10).filter((kind) => kind === 'write')).toHaveLength(2);
  });

  it('creates each record with an id of its own, which the answer has to say', () => {
    const next = requestsOf({ kind: 'createDeal', askers });
    const [one, other] = [next(), next()];
    expect(one.key).not.toBe(other.key);
    expect([one.token, other.token]).toEqual(['anna', 'boris']);
    expect(one.right(`{"data":{"createDeal":{"id":"${one.key}"}}}`)).toBe(true);
    expect(one.right(`{"data":{"createDeal":{"id":"${other.key}"}}}`)).toBe(false);
  });

  it('moves every deal of everybody’s on, and then every one back', () => {
    const next = requestsOf({ kind: 'moveDeal', askers, stages: ['first', 'second'] });
    const asked = Array.from({ length: 6 }, () => variables(next().body));
    expect(asked.map(({ id, stageId }) => `${String(id)} ${String(stageId)}`)).toEqual([
      ...['a1 second', 'b1 second', 'a2 second', 'a1 first', 'b1 first', 'a2 first'],
    ]);
  });

  it('completes the step that a completed one has left, and ends where none is left', () => {
    const next = requestsOf({ kind: 'completeStep', askers: [{ token: 'anna', ids: ['first'] }] });
    const id = '01930000-0000-7000-8000-000000000002';
    const left = `{"data":{"completeActivity":{"status":"COMPLETED","next":{"id":"${id}","status":"PLANNED"}}}}`;
    expect(next().right(left)).toBe(true);
    const second = next();
    expect(variables(second.body)['id']).toBe(id);
    expect(second.right('{"data":{"completeActivity":{"status":"COMPLETED","next":null}}}')).toBe(false);
    expect(next).toThrow('No planned step was left to complete.');
  });
});
