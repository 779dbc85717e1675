/** Numbers that a seed gives again (mulberry32, by Tommy Ettinger). */
export class Random {
  private state: number;

  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  /** From 0 to before 1. */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from 0 to before `many`. */
  below(many: number): number {
    return Math.floor(this.next() * many);
  }

  /** The same, the lower the likelier: half of them are below `many` / 2 ** power. */
  low(many: number, power: number): number {
    return Math.floor(many * this.next() ** power);
  }

  one<T>(of: readonly T[]): T {
    return of[this.below(of.length)] as T;
  }

  /** A UUID of version 7 made at the time given, as records have them: ids grow with time. */
  id(milliseconds: number): string {
    const time = milliseconds.toString(16).padStart(12, '0');
    const hex = (digits: number) =>
      Math.floor(this.next() * 16 ** digits)
        .toString(16)
        .padStart(digits, '0');
    return `${time.slice(0, 8)}-${time.slice(8)}-7${hex(3)}-${(8 + this.below(4)).toString(16)}${hex(3)}-${hex(6)}${hex(6)}`;
  }
}
