import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { v7 } from 'uuid';

/** All chance of a run. The same seed and name give the same choices; what happens in between is up to the machine. */
export class Random {
  private readonly generator: RandomGenerator;

  constructor(seed: number, name = '') {
    let mixed = seed | 0;
    for (const letter of name) mixed = Math.imul(mixed ^ (letter.codePointAt(0) ?? 0), 0x01000193);
    this.generator = xoroshiro128plus(mixed);
  }

  /** A whole number, both ends included. */
  between(least: number, most: number): number {
    return uniformInt(this.generator, least, most);
  }

  chance(probability: number): boolean {
    return this.between(1, 1_000_000) <= probability * 1_000_000;
  }

  /** One of several; throws where there is none. */
  one<T>(among: readonly T[]): T {
    if (among.length === 0) throw new Error('There is nothing to choose from.');
    return among[this.between(0, among.length - 1)] as T;
  }

  /** One of several, each as likely as its weight says. */
  weighted<T>(among: readonly (readonly [weight: number, T])[]): T {
    let left = this.between(
      1,
      among.reduce((sum, [weight]) => sum + weight, 0),
    );
    for (const [weight, choice] of among) if ((left -= weight) <= 0) return choice;
    throw new Error('There is nothing to choose from.');
  }

  /** A UUID of version 7 with the present time. */
  id(): string {
    return v7({ random: Uint8Array.from({ length: 16 }, () => this.between(0, 255)) });
  }
}

/** Gives every one of some names once, in a random order, before any comes again. */
export class Bag {
  private left: string[] = [];

  constructor(
    private readonly random: Random,
    private readonly names: readonly string[],
  ) {}

  draw(): string {
    if (this.left.length === 0) this.left = [...this.names];
    return this.left.splice(this.random.between(0, this.left.length - 1), 1)[0] ?? '';
  }

  /** What could not be done is still to come. */
  putBack(name: string): void {
    if (!this.left.includes(name)) this.left.push(name);
  }
}
