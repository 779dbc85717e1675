import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { deed, type Deed } from './fault.js';
import { type ProcessName, type Stage, serviceNames } from './stage.js';

/** Milliseconds that both versions of a service work side by side, and that each mixture of services has to itself. */
const BESIDE = 3_000;
const READY_MS = 60_000;

type Version = 'old' | 'new';

const placeOf = (name: ProcessName) => (name === 'gateway' ? name : join('services', name));

/**
 * Two builds, of an older commit and of this checkout, and a tree in which each process is of the one or the other: the system is
 * started from that tree, and what is started again has the version that its place leads to by then. The older one is built
 * with the packages that are installed here.
 */
export class Builds {
  private constructor(
    private readonly checkout: string,
    private readonly folder: string,
    private readonly commit: string,
  ) {}

  /** Checks the commit out beside and builds it. Rejects with a sentence where it cannot be. */
  static make(checkout: string, commit: string, say: (line: string) => void): Builds {
    const folder = mkdtempSync(join(tmpdir(), 'voronka-upgrade-'));
    const builds = new Builds(checkout, folder, commit);
    try {
      say(`${commit} is built beside, in ${folder}`);
      builds.build();
      mkdirSync(join(builds.root, 'services'), { recursive: true });
      symlinkSync(join(checkout, '.local'), join(builds.root, '.local'));
      for (const name of [...serviceNames, 'gateway'] as const) builds.lead(name, 'old');
      return builds;
    } catch (error) {
      builds.end();
      const { stdout, message } = error as Error & { stdout?: Buffer };
      const why = stdout?.toString().split('\n')[0] || message;
      throw new Error(`${commit} cannot be built: ${why}`, { cause: error });
    }
  }

  /** Where the system is started from. */
  get root(): string {
    return join(this.folder, 'mixed');
  }

  /** In odd rounds up, services before the gateway; in even ones back down, the gateway first. */
  change(stage: Stage, round: number): Deed {
    const up = round % 2 === 1;
    const names = up ? [...serviceNames, 'gateway' as const] : ['gateway' as const, ...[...serviceNames].reverse()];
    return deed(`from ${up ? `${this.commit} to this` : `this to ${this.commit}`}, process by process`, async () => {
      for (const name of names) await this.replace(stage, name, up ? 'new' : 'old');
    });
  }

  end(): void {
    execFileSync('git', ['worktree', 'remove', '--force', join(this.folder, 'old')], {
      cwd: this.checkout,
      stdio: 'ignore',
    });
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** As a deployment that surges does: the other version comes, both work, and the former one goes. */
  private async replace(stage: Stage, name: ProcessName, version: Version): Promise<void> {
    this.lead(name, version);
    const beside = name === 'gateway' ? undefined : await stage.second(name, READY_MS);
    await sleep(BESIDE);
    await stage.system.process(name).stop();
    await stage.system.process(name).start();
    await beside?.stop(4_000);
    await sleep(BESIDE);
  }

  private lead(name: ProcessName, version: Version): void {
    const place = join(this.root, placeOf(name));
    rmSync(place, { force: true });
    symlinkSync(join(version === 'new' ? this.checkout : join(this.folder, 'old'), placeOf(name)), place);
  }

  private build(): void {
    const { checkout, commit } = this;
    const old = join(this.folder, 'old');
    execFileSync('git', ['worktree', 'add', '--detach', old, commit], { cwd: checkout, stdio: 'pipe' });
    const packages = join(checkout, 'node_modules');
    mkdirSync(join(old, 'node_modules', '@voronka'), { recursive: true });
    for (const name of readdirSync(packages))
      if (name !== '@voronka') symlinkSync(join(packages, name), join(old, 'node_modules', name));
    for (const name of readdirSync(join(packages, '@voronka'))) {
      const there = realpathSync(join(packages, '@voronka', name)).replace(realpathSync(checkout), old);
      mkdirSync(dirname(there), { recursive: true });
      symlinkSync(there, join(old, 'node_modules', '@voronka', name));
    }
    const projects = [...serviceNames, 'gateway' as const].map(placeOf);
    execFileSync(process.execPath, [join(packages, 'typescript/bin/tsc'), '-b', ...projects], {
      cwd: old,
      stdio: 'pipe',
    });
  }
}
