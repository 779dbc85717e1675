import { setTimeout as pause } from 'node:timers/promises';
import { v7 as uuid } from 'uuid';
import type { Batch, Broker } from './broker.js';
import type { BrokerView } from './broker-view.js';
import type { Database } from './database.js';
import type { Handlers } from './handlers.js';
import { silentLogger, type Logger } from './logger.js';
import { RebuildIntake } from './rebuild-intake.js';
import { RebuildTeller, type RebuildProgress, type Rebuilt } from './rebuild-progress.js';
import { RebuildReach } from './rebuild-reach.js';
import type { RebuildSchema } from './rebuild-schema.js';
import { RebuildFailure, type RebuildSession } from './rebuild-session.js';
import { FEW, RebuildSwitch } from './rebuild-switch.js';

const TICK = 200;
const SECOND = 1000;

export interface RebuildOptions {
  readonly service: string;
  /** With REBUILD_SETTINGS. */
  readonly database: Database;
  readonly broker: Broker;
  readonly view: BrokerView;
  readonly logger?: Logger;
}

interface Parts {
  readonly session: RebuildSession;
  readonly schema: RebuildSchema;
  readonly topics: readonly string[];
}

/** One rebuild, under the lock of its session. */
export class RebuildRun {
  private readonly id = uuid();
  private readonly logger: Logger;
  private readonly intake: RebuildIntake;
  private readonly reach: RebuildReach;
  private readonly switch: RebuildSwitch;
  private waitsFor: string | null = null;
  /** Why the last attempt to switch was given up. */
  private lately: string | null = null;
  private vacuumed = false;
  private triedAt = -Infinity;
  private lookedAt = -Infinity;
  /** Just before it was known what is to be taken next: records of which the copies lacked something, and the last message that waited. */
  private suspects: Awaited<ReturnType<RebuildSwitch['behind']>> = [];
  private complete = 0;

  constructor(
    private readonly options: RebuildOptions,
    handlers: Handlers,
    private readonly parts: Parts,
  ) {
    const { session, schema, topics } = parts;
    this.logger = options.logger ?? silentLogger;
    this.intake = new RebuildIntake(options.database, handlers, this.id);
    this.reach = new RebuildReach(options.view, topics);
    this.switch = new RebuildSwitch(session, schema, topics, this.intake);
  }

  /** Leaves nothing behind but what it could not remove, which the next one does. */
  async toTheEnd(tell: (progress: RebuildProgress) => void, signal: AbortSignal): Promise<Rebuilt> {
    const { session, schema, topics } = this.parts;
    const { broker, database, service, view } = this.options;
    const began = performance.now();
    await this.reach.look();
    if (this.reach.waitsFor) throw new RebuildFailure(`The rebuild would wait for ${this.reach.waitsFor}.`);
    // A name of its own: nobody has read in this group, so it begins at the beginning, whatever another run has left.
    const group = `${service}.rebuild.${this.id}`;
    const groups = [...(await this.clear()), group];
    await schema.make();
    await session.rows('insert into rebuild.run (id, groups) values ($1, $2)', [this.id, groups]);
    const onBatch = async (batch: Batch) => {
      await this.intake.take(batch);
      this.reach.taken(batch);
    };
    const subscription = await broker.subscribe({ group, topics, fromBeginning: true, onBatch });
    const teller = new RebuildTeller(database, tell, () => ({ ...this.reach.messages, waitsFor: this.waitsFor }));
    teller.start();
    try {
      const switchMilliseconds = await this.follow(signal);
      const seconds = (performance.now() - began) / SECOND;
      return { tables: schema.tables, messages: this.reach.messages.taken, seconds, switchMilliseconds };
    } finally {
      await teller.stop();
      await subscription.close();
      for (const name of groups)
        await view.forget(name).catch((err: unknown) => this.logger.warn({ err, group: name }, 'A group stays'));
      await schema.drop().catch((err: unknown) => this.logger.warn({ err }, 'The schema rebuild stays'));
    }
  }

  /** Removes what a rebuild that died has left; answers the groups it read in. */
  private async clear(): Promise<string[]> {
    const { session, schema } = this.parts;
    const [found] = await session.rows<{ schema: string | null; run: string | null }>(
      `select to_regnamespace('rebuild')::text as schema, to_regclass('rebuild.run')::text as run`,
    );
    if (!found?.schema) return [];
    if (!found.run)
      throw new RebuildFailure('The database has a schema “rebuild” that no rebuild has made. Rename it or drop it.');
    const [run] = await session.rows<{ groups: string[] }>('select groups from rebuild.run');
    await schema.drop();
    return run?.groups ?? [];
  }

  /** Follows the topics, and tries to switch until that is done. Answers for how long the service took nothing in. */
  private async follow(signal: AbortSignal): Promise<number> {
    for (;;) {
      const began = performance.now();
      if (this.intake.failure) throw this.intake.failure;
      if (signal.aborted) throw new RebuildFailure('The rebuild was stopped.');
      if (began - this.lookedAt >= SECOND) await this.look();
      await this.sweep();
      await this.requireAllThere();
      const outcome = await this.trySwitch();
      if (typeof outcome === 'number') return outcome;
      this.waitsFor = outcome;
      // What is waited for is looked for among all records: no more often than it is cheap.
      await pause(Math.min(SECOND, Math.max(TICK, 2 * (performance.now() - began))));
    }
  }

  private async look(): Promise<void> {
    if (this.reach.whole) {
      // Before the broker is asked, so that this is on the topics as far as it tells that they reach.
      this.suspects = await this.switch.behind(FEW);
      this.complete = await this.intake.lastWaiting();
    }
    await this.reach.look();
    this.lookedAt = performance.now();
  }

  private async sweep(): Promise<void> {
    try {
      await this.intake.sweep(this.reach.whole ? this.complete : 0);
    } catch (err) {
      if (err instanceof RebuildFailure) throw err;
      this.logger.warn({ err }, 'What waits could not be applied; trying again');
    }
  }

  /** What was read to its end and still lacks what the service had seen before will never have it. */
  private async requireAllThere(): Promise<void> {
    if (!this.reach.whole || this.suspects.length === 0) return;
    const lost = (await this.switch.still(this.suspects)).filter(({ waiting }) => !waiting);
    if (!lost[0]) return;
    const others = lost.length > 1 ? ` The same goes for ${lost.length - 1} records more, at least.` : '';
    throw new RebuildFailure(
      `The topics do not hold all that the service has taken from them: version ${lost[0].seen} of ${lost[0].record} is not there.${others}`,
    );
  }

  /** Answers what it waits for where the time has not come; null while it reads. */
  private async trySwitch(): Promise<number | string | null> {
    const { sentence, blocks } = await this.intake.waitsFor();
    if (blocks || this.reach.waitsFor) return this.reach.waitsFor ?? sentence;
    if (!this.reach.whole || performance.now() - this.triedAt < SECOND) return this.lately ?? sentence;
    if ((await this.switch.behind(FEW)).length === FEW) return sentence;
    await this.vacuum();
    try {
      const outcome = await this.switch.attempt();
      this.lately = typeof outcome === 'string' ? outcome : null;
      this.triedAt = performance.now();
      return outcome;
    } catch (error) {
      // The connection may have been lost after the server had done it.
      if (this.parts.session.lost && (await this.isSwitched())) return 0;
      throw error;
    }
  }

  /** Once, before the tables are used: reports are planned by statistics, and read indexes alone where the map of visible rows allows it. */
  private async vacuum(): Promise<void> {
    if (this.vacuumed) return;
    this.vacuumed = true;
    this.waitsFor = 'the copies to be vacuumed and analysed';
    for (const table of this.parts.schema.tables)
      await this.options.database.query({ text: `vacuum (analyze) rebuild."${table}"` });
  }

  private async isSwitched(): Promise<boolean> {
    const text = 'select from rebuild.run where id = $1 and switched_at is not null';
    const found = await this.options.database.query({ text, values: [this.id] }).catch(() => {
      const lost = 'The connection to the database was lost during the switch, and cannot be had again';
      throw new RebuildFailure(`${lost}: either all tables are the new ones or none is.`, true);
    });
    return found.rowCount > 0;
  }
}
