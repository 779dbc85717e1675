/** A waiting place that can be cut short: `wake()` ends the present wait, or makes the next one end at once. */
export class Bell {
  private rung = false;
  private ring: (() => void) | undefined;

  wake(): void {
    this.rung = true;
    this.ring?.();
  }

  /** Waits for `wake()`, at most `milliseconds`. */
  async wait(milliseconds: number): Promise<void> {
    if (!this.rung) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, milliseconds);
        this.ring = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.ring = undefined;
    this.rung = false;
  }
}

/** Growing pauses: `next()` answers milliseconds, doubling from `first` to `most`; `reset()` begins anew. */
export class Backoff {
  private current: number;
  constructor(
    private readonly first: number,
    private readonly most: number,
  ) {
    this.current = first;
  }

  next(): number {
    const pause = this.current;
    this.current = Math.min(this.most, this.current * 2);
    return pause;
  }

  reset(): void {
    this.current = this.first;
  }
}

/** Resolves when the promise settles either way, or after `milliseconds`, whichever is first. */
export async function atMost(milliseconds: number, promise: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => (timer = setTimeout(resolve, milliseconds)));
  await Promise.race([promise.then(() => {}).catch(() => {}), limit]);
  clearTimeout(timer);
}
