/** Gives what waits at the same moment to `take`, which never rejects: up to `most` at once, one group after another. */
export class Queue<T> {
  private readonly waiting: T[] = [];
  private moving = false;

  constructor(
    private readonly most: number,
    private readonly take: (group: T[]) => Promise<void>,
  ) {}

  /** How many wait while a group is taken. */
  get length(): number {
    return this.waiting.length;
  }

  add(one: T): void {
    this.waiting.push(one);
    if (!this.moving) void this.move();
  }

  private async move(): Promise<void> {
    this.moving = true;
    // The rest of this turn of the event loop may bring more.
    await new Promise(setImmediate);
    while (this.waiting.length > 0) await this.take(this.waiting.splice(0, this.most));
    this.moving = false;
  }
}
