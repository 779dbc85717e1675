import { describe, expect, it } from '@jest/globals';
import { Bag, Random } from './random.js';

const names = ['a', 'b', 'c', 'd'];
const drawn = (bag: Bag, many: number): string[] => Array.from({ length: many }, () => bag.draw());

describe('a bag', () => {
  it('gives every name once before any comes again', () => {
    const bag = new Bag(new Random(1), names);
    expect(drawn(bag, 4).sort()).toEqual(names);
    expect(drawn(bag, 4).sort()).toEqual(names);
  });

  it('gives again soon what was put back', () => {
    const bag = new Bag(new Random(1), names);
    const [first = ''] = drawn(bag, 1);
    bag.putBack(first);
    expect(drawn(bag, 4).sort()).toEqual(names);
  });

  it('gives the same for the same seed', () => {
    expect(drawn(new Bag(new Random(7), names), 9)).toEqual(drawn(new Bag(new Random(7), names), 9));
  });
});
