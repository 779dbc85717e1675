import { randomInt } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadKeys } from '../../../deploy/local/dist/keys.js';
import { freePorts } from '../../../deploy/local/dist/ports.js';
import { endOrphans } from '../../../deploy/local/dist/process.js';
import { complaint, run } from '../../../deploy/local/dist/run.js';
import { startSystem, type RunningSystem } from '../../../deploy/local/dist/system.js';
import { load } from './load.js';
import { Organisation, type Loaded } from './organisation.js';

/** Folders, by the number of deals: a system as it was loaded, which nobody works in again, and the copy that is worked in. */
const LOADED = 'loaded-';
const WORKING = 'system-';
/** Written once an organisation is loaded: half of one is none. */
const KNOWN = 'loaded.json';

/** So much more than was loaded is no longer the organisation that is told of: what was measured in it has made deals as well. */
const MORE = { part: 0.25, deals: 5_000 };
async function outgrown({ databases }: Organisation, deals: number): Promise<boolean> {
  const { rows } = await databases.deals.query<{ count: number }>('select count(*)::int as count from deal');
  return (rows[0]?.count ?? 0) > deals * (1 + MORE.part) + MORE.deals;
}

interface Known {
  readonly loaded: Loaded;
  readonly password: string;
}

/**
 * Whole systems as `npm start` starts them, with servers of their own, each with an organisation of a size. One runs at a
 * time; the data of the others waits until it is wanted again. Each is loaded once, by one bench or with `keep` by all
 * that follow in the same folder, and what is measured happens to a copy, which is made anew for each bench and where it
 * has outgrown its size: a system takes its place on the disk twice.
 */
export class Systems {
  private current: { deals: number; system: RunningSystem; organisation: Organisation } | undefined;

  constructor(
    private readonly root: string,
    private readonly folder: string,
    private readonly keep: boolean,
  ) {}

  /** Removes what a bench has left, but for what is kept. */
  async clear(): Promise<void> {
    for (const name of existsSync(this.folder) ? readdirSync(this.folder) : []) {
      if (!name.startsWith(LOADED) && !name.startsWith(WORKING)) continue;
      const folder = join(this.folder, name);
      const run = join(folder, 'run');
      if (existsSync(run)) await endOrphans(run);
      if (this.keep && name.startsWith(LOADED) && existsSync(join(folder, KNOWN))) continue;
      rmSync(folder, { recursive: true, force: true });
    }
  }

  /** The organisation with so many deals, loaded where it is not there yet. */
  async of(deals: number): Promise<Organisation> {
    const organisation = this.current?.deals === deals ? this.current.organisation : await this.begin(deals);
    if (!(await outgrown(organisation, deals))) return organisation;
    await this.rest();
    rmSync(this.working(deals), { recursive: true, force: true });
    return this.begin(deals);
  }

  /** Stops what runs, and keeps its data. */
  async rest(): Promise<void> {
    const { current } = this;
    this.current = undefined;
    await current?.organisation.leave();
    await current?.system.stop();
  }

  private readonly loaded = (deals: number): string => join(this.folder, `${LOADED}${deals}`);
  private readonly working = (deals: number): string => join(this.folder, `${WORKING}${deals}`);

  private async begin(deals: number): Promise<Organisation> {
    await this.rest();
    const [kept, folder] = [this.loaded(deals), this.working(deals)];
    if (!existsSync(join(kept, KNOWN))) await this.load(deals);
    if (!existsSync(folder)) await copy(kept, folder);
    const { loaded, password } = JSON.parse(readFileSync(join(kept, KNOWN), 'utf8')) as Known;
    const organisation = await this.enter(deals, folder, password);
    organisation.loaded = loaded;
    return organisation;
  }

  private async load(deals: number): Promise<void> {
    const folder = this.loaded(deals);
    try {
      const organisation = await this.enter(deals, folder);
      const known: Known = { loaded: await load(organisation, deals), password: organisation.administrator.password };
      await this.rest();
      writeFileSync(join(folder, KNOWN), JSON.stringify(known), { mode: 0o600 });
    } catch (error) {
      await this.rest();
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** Starts a system; its first start tells the password of its administrator. */
  private async enter(deals: number, folder: string, password?: string): Promise<Organisation> {
    const system = await this.start(folder);
    try {
      const known = password ?? system.administrator.password ?? '';
      const organisation = await Organisation.in(system, known, loadKeys(join(folder, 'keys')));
      this.current = { deals, system, organisation };
      return organisation;
    } catch (error) {
      await system.stop();
      throw error;
    }
  }

  private async start(dataFolder: string): Promise<RunningSystem> {
    // On loopback the gateway lets a person have a million points a minute, which is less than this asks of it.
    process.env['RATE_PERSON'] ??= '10000000';
    mkdirSync(dataFolder, { recursive: true });
    // Below the ports of outgoing connections, which could take one before it is listened on.
    const [gatewayPort = 0, postgresPort = 0, kafkaPort = 0, servicesPort = 0] = await freePorts(
      4,
      randomInt(10_000, 30_000),
    );
    const settings = {
      ...{ host: '127.0.0.1', gatewayPort, postgresPort, kafkaPort, servicesPort },
      ...{ logLevel: 'info', dataFolder, topicPrefix: '', demo: 'none' as const },
    };
    return startSystem({ settings, root: this.root, requireKafka: true, durable: true });
  }
}

/** Copies a folder, and waits until it is on the disk: what is measured next is not to wait for that. */
async function copy(from: string, to: string): Promise<void> {
  const under = `${to}.part`;
  rmSync(under, { recursive: true, force: true });
  // With its owners: PostgreSQL takes only what is its own.
  const { code, stderr } = await run('cp', ['-a', from, under]);
  if (code !== 0) throw new Error(`${from} could not be copied: ${complaint(stderr)}`);
  await run('sync', []);
  renameSync(under, to);
}
