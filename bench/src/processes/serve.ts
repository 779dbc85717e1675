interface Call {
  readonly id: number;
  readonly command: string;
  readonly settings: never;
}

export type Commands = Readonly<Record<string, (settings: never) => unknown>>;

/** What the process was started with. */
export const settingsOf = <T>(): T => JSON.parse(process.argv[2] ?? '{}') as T;

/** Takes commands from whoever started this process, and ends with him. */
export function serve(commands: Commands): void {
  process.on('message', ({ id, command, settings }: Call) => {
    const work = async (): Promise<unknown> => {
      const run = commands[command];
      if (!run) throw new Error(`There is no command ${command}.`);
      return run(settings);
    };
    work().then(
      (value) => process.send?.({ id, value }),
      (error: unknown) => process.send?.({ id, error: error instanceof Error ? error.message : String(error) }),
    );
  });
  process.on('disconnect', () => process.exit(0));
  process.send?.({ id: 0 });
}
