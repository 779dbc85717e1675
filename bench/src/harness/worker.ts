import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

/** A process of the bench: one that is measured, or one that makes load or watches. It ends with us. */
export class Worker {
  private readonly waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  private last = 0;

  private constructor(
    readonly name: string,
    private readonly child: ChildProcess,
  ) {
    child.on('message', ({ id, value, error }: Answer) => {
      const waiting = this.waiting.get(id);
      this.waiting.delete(id);
      if (error === undefined) waiting?.resolve(value);
      else waiting?.reject(new Error(`${name}: ${error}`));
    });
    child.once('exit', (code, signal) => {
      for (const { reject } of this.waiting.values())
        reject(new Error(`${name} ended (${signal ?? `status ${code}`}).`));
      this.waiting.clear();
    });
  }

  /** Starts `processes/<file>.js`; resolves once it takes commands. */
  static async start(
    name: string,
    file: string,
    { settings, logFile, flags = [] }: { settings: object; logFile: string; flags?: readonly string[] },
  ): Promise<Worker> {
    const log = openSync(logFile, 'a');
    const path = fileURLToPath(new URL(`../processes/${file}.js`, import.meta.url));
    const child = fork(path, [JSON.stringify(settings)], {
      serialization: 'advanced',
      execArgv: [...flags],
      stdio: ['ignore', log, log, 'ipc'],
    });
    closeSync(log);
    const worker = new Worker(name, child);
    await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(() => {
        throw new Error(`${name} did not start: see ${logFile}.`);
      }),
    ]);
    return worker;
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Runs a command there. Rejects with what it threw, and when the process ends meanwhile. */
  call<T = void>(command: string, settings: object = {}): Promise<T> {
    const id = (this.last += 1);
    return new Promise<T>((resolve, reject) => {
      if (!this.running) return reject(new Error(`${this.name} has ended.`));
      this.waiting.set(id, { resolve: resolve as (value: unknown) => void, reject });
      this.child.send({ id, command, settings });
    });
  }

  /** As a crash would. */
  async kill(): Promise<void> {
    if (!this.running) return;
    const gone = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await gone;
  }
}
