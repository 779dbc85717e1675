import type { Listener } from './system.js';

const TICK_MS = 200;

/** The console of a start: one lasting line for each step that is done and, on a terminal, one live line of what is being waited for. */
export class Console implements Listener {
  readonly #begun = new Map<string, { since: number; detail?: string }>();
  readonly #started = Date.now();
  #timer: NodeJS.Timeout | null = null;
  #live = false;

  constructor(private readonly out: NodeJS.WriteStream) {
    out.on('error', () => undefined);
  }

  begin(what: string, detail?: string): void {
    const since = this.#begun.get(what)?.since ?? Date.now();
    this.#begun.set(what, { since, ...(detail === undefined ? {} : { detail }) });
    if (!this.out.isTTY) return;
    this.#timer ??= setInterval(() => this.#draw(), TICK_MS);
    this.#draw();
  }

  done(what: string, detail?: string): void {
    const since = this.#begun.get(what)?.since;
    this.#begun.delete(what);
    if (this.#begun.size === 0) this.rest();
    const took = since === undefined ? '' : `  ${seconds(Date.now() - since)}`;
    this.line(`✓ ${what}${detail === undefined ? '' : ` · ${detail}`}${took}`);
  }

  notice(sentence: string): void {
    this.line(`! ${sentence}`);
  }

  /** A line that stays. */
  line(text: string): void {
    this.#clear();
    this.out.write(`${text}\n`);
    if (this.#timer) this.#draw();
  }

  /** No live line any more. */
  rest(): void {
    this.#begun.clear();
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
    this.#clear();
  }

  get elapsed(): string {
    return seconds(Date.now() - this.#started);
  }

  #draw(): void {
    this.#clear();
    const steps = [...this.#begun].map(([what, { detail }]) => (detail === undefined ? what : `${what}: ${detail}`));
    const text = `… ${steps.join(', ')}  ${this.elapsed}`;
    this.out.write(text.slice(0, (this.out.columns || 80) - 1));
    this.#live = true;
  }

  #clear(): void {
    if (this.#live) this.out.write('\r\u001b[K');
    this.#live = false;
  }
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
