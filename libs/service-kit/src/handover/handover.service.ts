import { setTimeout as pause } from 'node:timers/promises';
import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { Actor, Id, Moved, OffboardingState, ReceivedOf, OffboardingStarted } from '@voronka/contracts';
import { causedBy, context, Database } from '@voronka/messaging';
import { Clock } from '../clock.js';
import { columns } from '../columns.js';
import { Directory } from '../directory/directory.js';
import { one, those } from '../store/slots.js';
import { Store } from '../store/store.js';
import { tableOf } from '../store/table.js';
import { Handover, type Handed } from './handover.js';
import { HANDOVERS, type Handovers, type Inheritance } from './inheritance.js';
import { stillPossible, Successors, successorsOf, type Inherited, type Loads } from './successors.js';

/** How often it is looked whether there is something to hand over. */
const EVERY_MS = 250;
/** Records of one transaction. People wait for those only which they want to change at that moment. */
const RECORDS = 500;
/** After a transaction others have the machine for as long as it took, times this. */
const REST = 0.5;
/** How long it is remembered what was handed over: a day more than it can be undone. */
const KEPT_MS = 31 * 24 * 3600 * 1000;
const PRUNE_EVERY_MS = 60_000;
const PRUNED = 10_000;

/**
 * Hands over what somebody owned who leaves, in bounded transactions, each of which also takes down how far it has come: it
 * goes on after any interruption, and is done by one instance at a time. Nothing is kept in memory.
 */
@Injectable()
export class HandoverService implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(HandoverService.name);
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;
  private pruneAt = 0;

  constructor(
    private readonly store: Store,
    private readonly database: Database,
    private readonly directory: Directory,
    private readonly clock: Clock,
    @Inject(HANDOVERS) private readonly handovers: Handovers,
  ) {}

  onApplicationBootstrap(): void {
    this.running = this.run();
  }

  /** Ends after the transaction in work. */
  async onApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  /** Somebody leaves: what he and his successors have is counted. In the handler's transaction. */
  async begin(event: ReceivedOf<typeof OffboardingStarted>): Promise<void> {
    const { offboarding } = event.data;
    const known = {
      total: await this.total(offboarding.userId),
      loads: await this.loads(successorsOf(offboarding.plan)),
      cause: causedBy(event),
    };
    await this.store.write(actorOf(offboarding), {}, (_, now) =>
      Handover.begin(offboarding, known, this.handovers.events, now),
    );
  }

  /** It is taken back. In the handler's transaction. */
  async undo(id: Id): Promise<void> {
    const cause = context.get();
    await this.store.write({ id: cause.actor, may: 'anything' }, { handover: one(Handover, id) }, ({ handover }, now) =>
      handover.undo(cause, this.handovers.events, now),
    );
  }

  /** Another service has handed these over: what goes with them will go to the same people. */
  async learn(id: Id, part: string, records: Moved): Promise<void> {
    await this.note(
      id,
      part,
      records.flatMap(({ ownerId, ids }) => ids.map((recordId) => ({ id: recordId, ownerId }))),
    );
  }

  /** Another service is through: its records will not keep the own ones waiting. */
  async learnEnd(id: Id, part: string): Promise<void> {
    await this.database.query({
      name: 'handover:before',
      text: 'insert into handover_before (handover_id, part) values ($1, $2) on conflict do nothing',
      values: [id, part],
    });
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    for (;;) {
      const began = performance.now();
      const more = await this.look().catch(this.failed);
      const rest = more ? (performance.now() - began) * REST : EVERY_MS;
      if (!signal.aborted) await pause(rest, undefined, { signal }).catch(() => {});
      if (signal.aborted) return;
    }
  }

  private readonly failed = (error: unknown): false => {
    this.logger.error(error, 'a handover waits: a step failed and is repeated');
    return false;
  };

  /** One transaction for each handover that has something to do. Answers whether there may be more. */
  private async look(): Promise<boolean> {
    let more = false;
    for (const id of await this.due()) {
      if (this.stopping.signal.aborted) return false;
      more = (await this.step(id).catch(this.failed)) || more;
    }
    if (!more) await this.prune();
    return more;
  }

  /** Under way and not waiting for others; or done, and something has come in his name since. */
  private async due(): Promise<Id[]> {
    const { nouns, after = [] } = this.handovers;
    const left = nouns.map(({ type }) => `exists (select from "${tableOf(type).name}" t where t.owner_id = h.user_id)`);
    const { rows } = await this.database.query<{ id: Id }>({
      name: 'handover:due',
      text: `select h.id from handover h where h.status = 'UNDOING'
          or h.status = 'RUNNING' and (select count(*) from handover_before b where b.handover_id = h.id) >= $1
          or h.status = 'DONE' and (${left.join(' or ')})
             and exists (select from directory_user u where u.id = h.user_id and not u.active)
        order by h.created_at desc`,
      values: [after.length],
    });
    return rows.map(({ id }) => id);
  }

  private step(id: Id): Promise<boolean> {
    return this.database.transaction(async () => {
      const { rowCount } = await this.database.query({
        name: 'handover:take',
        text: 'select from handover where id = $1 for update skip locked',
        values: [id],
      });
      // Another instance is at it.
      if (rowCount === 0) return false;
      const handover = await this.store.get(HOUSE, Handover, id);
      return context.run(handover.cause, () =>
        handover.status === 'UNDOING' ? this.giveBack(handover) : this.handOver(handover),
      );
    });
  }

  private async handOver(handover: Handover): Promise<boolean> {
    for (const noun of this.handovers.nouns) {
      const his = await this.his(noun, handover);
      if (his.length > 0) return this.handOverThese(noun, his, handover);
    }
    // Until this service knows that he has left, he may be given more.
    const left = (await this.directory.now()).person(handover.userId)?.active === false;
    if (handover.status === 'RUNNING' && left)
      await this.store.write(actorFor(handover), { handover: one(Handover, handover.id) }, ({ handover }, now) =>
        handover.complete(this.handovers.events, now),
      );
    return false;
  }

  private async handOverThese(noun: Inheritance, his: readonly His[], { id, ...about }: Handover): Promise<boolean> {
    const organisation = await this.directory.now();
    // Not all of them may have arrived here yet.
    if (successorsOf(about.plan).some((person) => !organisation.person(person))) return false;
    const active = (person: Id) => organisation.person(person)?.active ?? false;
    const plan = stillPossible(about.plan, active, about.createdBy);
    if (!plan) return false;
    const successors = new Successors(plan, about.loads);
    const heirs = new Map(his.map((record) => [record.id, successors.next(record)]));
    const slots = { handover: one(Handover, id), records: those(noun.type, [...heirs.keys()]) };
    const handed: Handed[] = [];
    await this.store.write(actorFor(about), slots, ({ handover, records }, now) => {
      const still = records.filter(({ ownerId }) => ownerId === handover.userId);
      const events = still.flatMap((record) => record.handOver(organisation.person(heirs.get(record.id)!)!, now));
      handed.push(...still.map(({ id, ownerId }) => ({ id, ownerId })));
      return [...events, ...handover.advance(handed, successors.loads, this.handovers.events, now)];
    });
    await this.note(id, tableOf(noun.type).name, handed);
    return true;
  }

  /** Those that his successors still have. */
  private async giveBack({ id, userId, ...about }: Handover): Promise<boolean> {
    const him = (await this.directory.now()).person(userId);
    if (!him) return false;
    for (const { type } of this.handovers.nouns) {
      const handed = await this.taken(id, tableOf(type).name);
      if (handed.size === 0) continue;
      const slots = { handover: one(Handover, id), records: those(type, [...handed.keys()]) };
      await this.store.write(actorFor(about), slots, ({ handover, records }, now) => {
        const still = records.filter((record) => record.ownerId === handed.get(record.id));
        const events = still.flatMap((record) => record.handOver(him, now));
        const ids = still.map((record) => record.id);
        return [...events, ...handover.giveBack(ids, this.handovers.events, now)];
      });
      return true;
    }
    await this.store.write(actorFor(about), { handover: one(Handover, id) }, ({ handover }, now) =>
      handover.endUndoing(this.handovers.events, now),
    );
    return false;
  }

  private async his(
    { type, open, pipeline = 'null::uuid', kin = 'null::uuid' }: Inheritance,
    { id, userId }: Handover,
  ) {
    const { name } = tableOf(type);
    const { rows } = await this.database.query<His>({
      name: `handover:his:${name}`,
      text: `select t.id, (${open}) as open, ${pipeline} as "pipelineId", k.owner_id as kin
             from "${name}" t left join handover_record k on k.handover_id = $2 and k.record_id = ${kin} and k.owner_id <> $1
             where t.owner_id = $1 order by t.created_at desc, t.id desc limit ${RECORDS}`,
      values: [userId, id],
    });
    return rows;
  }

  /** What was handed over to whom, which is forgotten with this. */
  private async taken(id: Id, noun: string): Promise<Map<Id, Id>> {
    const { rows } = await this.database.query<Handed>({
      name: 'handover:take-back',
      text: `delete from handover_record where ctid = any(array(
               select ctid from handover_record where handover_id = $1 and noun = $2 limit ${RECORDS}))
             returning record_id as id, owner_id as "ownerId"`,
      values: [id, noun],
    });
    return new Map(rows.map((row) => [row.id, row.ownerId]));
  }

  private async note(id: Id, noun: string, handed: readonly Handed[]): Promise<void> {
    await this.database.query({
      name: 'handover:note',
      text: `insert into handover_record (handover_id, noun, record_id, owner_id)
             select $1, $2, * from unnest($3::uuid[], $4::uuid[])
             on conflict (handover_id, record_id) do update set owner_id = excluded.owner_id`,
      values: [id, noun, ...columns(handed, 'id', 'ownerId')],
    });
  }

  private async total(userId: Id): Promise<number> {
    const counts = this.handovers.nouns.map(
      ({ type }) => `(select count(*) from "${tableOf(type).name}" t where t.owner_id = $1)`,
    );
    const { rows } = await this.database.query<{ total: number }>({
      name: 'handover:total',
      text: `select ${counts.join(' + ')} as total`,
      values: [userId],
    });
    return rows[0]!.total;
  }

  private async loads(people: readonly Id[]): Promise<Loads> {
    const open = this.handovers.nouns.map(
      (noun) =>
        `select t.owner_id from "${tableOf(noun.type).name}" t where t.owner_id = any($1::uuid[]) and ${noun.open}`,
    );
    const { rows } = await this.database.query<{ id: Id; open: number }>({
      name: 'handover:loads',
      text: `select owner_id as id, count(*) as open from (${open.join(' union all ')}) w group by owner_id`,
      values: [people],
    });
    return Object.fromEntries(rows.map(({ id, open }) => [id, { open, closed: 0 }]));
  }

  private async prune(): Promise<void> {
    if (performance.now() < this.pruneAt) return;
    this.pruneAt = performance.now() + PRUNE_EVERY_MS;
    await this.database.query({
      name: 'handover:prune',
      text: `delete from handover_record where ctid = any(array(
               select r.ctid from handover h join handover_record r on r.handover_id = h.id
               where h.created_at < $1 limit ${PRUNED}))`,
      values: [new Date(this.clock.now().getTime() - KEPT_MS)],
    });
  }
}

type His = Inherited & { readonly id: Id };

const HOUSE: Actor = { id: 'system', may: 'anything' };
/** Who offboards is who hands over. */
const actorFor = ({ createdBy }: Pick<Handover, 'createdBy'>): Actor => ({
  ...HOUSE,
  ...(createdBy && { id: createdBy }),
});
const actorOf = ({ startedBy }: OffboardingState): Actor => actorFor({ createdBy: startedBy });
