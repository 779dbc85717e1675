import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/**
 * Preloaded by the harness into the processes of the system, and into nothing else: what `Date` tells them is off by as many
 * milliseconds as a file says. Read at the start and at every SIGUSR2. Timers go on as they do when a machine's clock is set.
 */
const folder = process.env['TORTURE_CLOCKS'];
/** A process goes by the folder of its program: `services/leads/dist/main.js` is leads. */
const name = basename(dirname(dirname(process.argv[1] ?? '')));

if (folder) {
  const Real = Date;
  const real = Real.now.bind(Real);
  let shift = 0;
  const read = (): void => {
    try {
      shift = Number(readFileSync(join(folder, name), 'utf8')) || 0;
    } catch {
      shift = 0;
    }
  };
  read();
  process.on('SIGUSR2', read);
  Real.now = () => real() + shift;
  globalThis.Date = new Proxy(Real, {
    construct: (target, args: unknown[], wanted: typeof Date) =>
      Reflect.construct(target, args.length === 0 ? [Real.now()] : args, wanted) as Date,
    apply: () => new Real(Real.now()).toString(),
  });
}
