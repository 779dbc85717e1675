import { randomInt } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadKeys } from '../../../deploy/local/dist/keys.js';
import { freePorts } from '../../../deploy/local/dist/ports.js';
import { endOrphans } from '../../../deploy/local/dist/process.js';
import { startSystem, type RunningSystem } from '../../../deploy/local/dist/system.js';
import { load } from './load.js';
import { Organisation, type Loaded } from './organisation.js';

const PREFIX = 'system-';
/** Written once an organisation is loaded: half of one is none. */
const LOADED = 'loaded.json';

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
 * time; the data of the others waits until it is wanted again, so that each is loaded once, by one bench or with `keep` by all
 * that follow in the same folder, until it has outgrown its size.
 */
export class Systems {
  private readonly known = new Map<number, Known>();
  private current: { deals: number; system: RunningSystem; organisation: Organisation } | undefined;

  constructor(
    private readonly root: string,
    private readonly folder: string,
    private readonly keep: boolean,
  ) {}

  /** Removes what a bench has left, but for what is kept. */
  async clear(): Promise<void> {
    for (const name of existsSync(this.folder) ? readdirSync(this.folder) : []) {
      if (!name.startsWith(PREFIX)) continue;
      const run = join(this.folder, name, 'run');
      if (existsSync(run)) await endOrphans(run);
      if (this.keep && existsSync(join(this.folder, name, LOADED))) continue;
      rmSync(join(this.folder, name), { recursive: true, force: true });
    }
  }

  /** The organisation with so many deals, loaded where it is not there yet. */
  async of(deals: number): Promise<Organisation> {
    const organisation = this.current?.deals === deals ? this.current.organisation : await this.begin(deals);
    if (!(await outgrown(organisation, deals))) return organisation;
    await this.rest();
    this.known.delete(deals);
    rmSync(this.folderOf(deals), { recursive: true, force: true });
    return this.begin(deals);
  }

  /** Stops what runs, and keeps its data. */
  async rest(): Promise<void> {
    const { current } = this;
    this.current = undefined;
    await current?.organisation.leave();
    await current?.system.stop();
  }

  private async begin(deals: number): Promise<Organisation> {
    await this.rest();
    const known = this.known.get(deals) ?? this.kept(deals);
    const system = await this.start(deals);
    try {
      const password = known?.password ?? system.administrator.password ?? '';
      const organisation = await Organisation.in(system, password, loadKeys(join(this.folderOf(deals), 'keys')));
      this.current = { deals, system, organisation };
      organisation.loaded = known?.loaded ?? (await load(organisation, deals));
      if (!known) this.remember(deals, { loaded: organisation.loaded, password });
      return organisation;
    } catch (error) {
      await (this.current ? this.rest() : system.stop());
      if (!known) rmSync(this.folderOf(deals), { recursive: true, force: true });
      throw error;
    }
  }

  private kept(deals: number): Known | undefined {
    const file = join(this.folderOf(deals), LOADED);
    return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Known) : undefined;
  }

  private remember(deals: number, known: Known): void {
    this.known.set(deals, known);
    if (this.keep) writeFileSync(join(this.folderOf(deals), LOADED), JSON.stringify(known), { mode: 0o600 });
  }

  private readonly folderOf = (deals: number): string => join(this.folder, `${PREFIX}${deals}`);

  private async start(deals: number): Promise<RunningSystem> {
    // On loopback the gateway lets a person have a million points a minute, which is less than this asks of it.
    process.env['RATE_PERSON'] ??= '10000000';
    const dataFolder = this.folderOf(deals);
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
