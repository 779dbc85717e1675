import { Inject, Injectable } from '@nestjs/common';
import type { Actor, Id, Moved, OffboardingStarted, ReceivedOf } from '@voronka/contracts';
import { causedBy, context, Database } from '@voronka/messaging';
import { Clock } from '../clock.js';
import { Directory } from '../directory/directory.js';
import type { SharedRecord } from '../record.js';
import { one, those, type Slot } from '../store/slots.js';
import { Store } from '../store/store.js';
import { tableOf, type RecordType } from '../store/table.js';
import { Estate } from './estate.js';
import { Handover, type Handed } from './handover.js';
import { HANDOVERS, type Handovers, type Inheritance } from './inheritance.js';
import { Ledger, type PassedShare } from './ledger.js';
import { stillPossible, Successors, successorsOf } from './successors.js';

/** How long it is remembered what was handed over: a day more than it can be undone. */
const KEPT_MS = 31 * 24 * 3600 * 1000;
const HOUSE: Actor = { id: 'system', may: 'anything' };

/**
 * Hands over what somebody owned who leaves, in bounded transactions, each of which also takes down how far it has come: it
 * goes on after any interruption, and is done by one instance at a time.
 */
@Injectable()
export class HandoverService {
  constructor(
    private readonly store: Store,
    private readonly database: Database,
    private readonly directory: Directory,
    private readonly clock: Clock,
    private readonly estate: Estate,
    private readonly ledger: Ledger,
    @Inject(HANDOVERS) private readonly handovers: Handovers,
  ) {}

  /** Somebody leaves: what he and his successors have is counted. In the handler's transaction. */
  async begin(event: ReceivedOf<typeof OffboardingStarted>): Promise<void> {
    const { offboarding } = event.data;
    const known = {
      total: await this.estate.total(offboarding.userId),
      loads: await this.estate.loads(successorsOf(offboarding.plan)),
      cause: causedBy(event),
    };
    await this.store.write(actorFor({ createdBy: offboarding.startedBy }), {}, (_, now) =>
      Handover.begin(offboarding, known, this.handovers.events, now),
    );
  }

  /** He is back otherwise. In the handler's transaction. */
  async close(id: Id): Promise<void> {
    const by: Actor = { ...HOUSE, id: context.get().actor };
    await this.store.write(by, { handover: one(Handover, id) }, ({ handover }, now) =>
      handover.close(this.handovers.events, now),
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
    const handed = records.flatMap(({ ownerId, ids }) => ids.map((recordId) => ({ id: recordId, ownerId })));
    await this.ledger.note(id, part, handed);
  }

  /** Another service is through: the own records need not wait for it. */
  async learnEnd(id: Id, part: string): Promise<void> {
    await this.ledger.notePart(id, part);
  }

  /** Which handovers have something to do. */
  due(): Promise<Id[]> {
    return this.estate.due();
  }

  /** One transaction of a handover. Answers whether there may be more. */
  step(id: Id): Promise<boolean> {
    return this.database.transaction(async () => {
      const { rowCount } = await this.database.query({
        name: 'handover:lock',
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

  /** Forgets what can no longer be undone. */
  prune(): Promise<void> {
    return this.ledger.forget(new Date(this.clock.now().getTime() - KEPT_MS));
  }

  private async handOver(handover: Handover): Promise<boolean> {
    const { nouns, events } = this.handovers;
    const free = await this.estate.free(handover.id);
    for (const noun of nouns) {
      const his = await this.estate.his(noun, handover, free);
      if (his.length > 0) return this.handOverThese(noun, his, handover);
    }
    if (!free) return false;
    for (const noun of nouns) {
      const shared = await this.estate.sharedWith(noun, handover.userId);
      if (shared.length > 0) return this.passShares(noun, shared, handover);
    }
    // Until this service knows that he has left, he may be given more.
    const left = (await this.directory.now()).person(handover.userId)?.active === false;
    if (handover.status === 'RUNNING' && left)
      await this.store.write(actorFor(handover), { handover: one(Handover, handover.id) }, ({ handover }, now) =>
        handover.complete(events, now),
      );
    return false;
  }

  private async handOverThese(
    noun: Inheritance,
    his: Awaited<ReturnType<Estate['his']>>,
    { id, ...about }: Handover,
  ): Promise<boolean> {
    const organisation = await this.directory.now();
    const successors = await this.successors(about);
    if (!successors) return false;
    const heirs = new Map(his.map((record) => [record.id, organisation.person(successors.next(record))!]));
    const slots = { handover: one(Handover, id), records: those(noun.type, [...heirs.keys()]) };
    const handed: Handed[] = [];
    await this.store.write(actorFor(about), slots, ({ handover, records }, now) => {
      const still = records.filter(({ ownerId }) => ownerId === handover.userId);
      const events = still.flatMap((record) => record.handOver(heirs.get(record.id)!, now));
      handed.push(...still.map(({ id, ownerId }) => ({ id, ownerId })));
      return [...events, ...handover.advance(handed, successors.loads, this.handovers.events, now)];
    });
    await this.ledger.note(id, tableOf(noun.type).name, handed);
    return true;
  }

  /** What was shared with him is shared with his successors, evenly. */
  private async passShares(
    { type }: Inheritance,
    ids: readonly Id[],
    { id, userId, ...about }: Handover,
  ): Promise<boolean> {
    const successors = await this.successors(about);
    if (!successors) return false;
    const heirs = new Map(ids.map((each) => [each, successors.next({ open: false, pipelineId: null, kin: null })]));
    const shares: PassedShare[] = [];
    await this.store.write(actorFor(about), { records: shareable(type, ids) }, ({ records }, now) =>
      records.flatMap((record) => {
        const successorId = heirs.get(record.id)!;
        const [leaverHad, successorHad] = [record.accessOf(userId), record.accessOf(successorId)];
        const events = record.passShare(userId, successorId, now);
        const successorHas = record.accessOf(successorId);
        shares.push({ id: record.id, successorId, leaverHad, successorHad, successorHas });
        return events;
      }),
    );
    await this.ledger.noteShares(id, tableOf(type).name, shares);
    return true;
  }

  /** Null where not all of them have arrived here yet, or none is left. */
  private async successors({ plan, loads, createdBy }: Pick<Handover, 'plan' | 'loads' | 'createdBy'>) {
    const organisation = await this.directory.now();
    if (successorsOf(plan).some((person) => !organisation.person(person))) return null;
    const active = (person: Id) => organisation.person(person)?.active ?? false;
    const possible = stillPossible(plan, active, createdBy);
    return possible && new Successors(possible, loads);
  }

  private async giveBack(handover: Handover): Promise<boolean> {
    const { nouns, events } = this.handovers;
    for (const { type } of nouns) {
      const handed = await this.ledger.take(handover.id, tableOf(type).name);
      if (handed.size > 0) return this.giveTheseBack(type, handed, handover);
    }
    for (const { type } of nouns) {
      const shares = await this.ledger.takeShares(handover.id, tableOf(type).name);
      if (shares.size > 0) return this.takeSharesBack(type, shares, handover);
    }
    await this.store.write(actorFor(handover), { handover: one(Handover, handover.id) }, ({ handover }, now) =>
      handover.endUndoing(events, now),
    );
    return false;
  }

  /** Those that his successors still have. */
  private async giveTheseBack(
    type: Inheritance['type'],
    handed: ReadonlyMap<Id, Id>,
    { id, userId, ...about }: Handover,
  ): Promise<boolean> {
    const him = (await this.directory.now()).person(userId)!;
    const slots = { handover: one(Handover, id), records: those(type, [...handed.keys()]) };
    await this.store.write(actorFor(about), slots, ({ handover, records }, now) => {
      const still = records.filter((record) => record.ownerId === handed.get(record.id));
      const events = still.flatMap((record) => record.handOver(him, now));
      const ids = still.map((record) => record.id);
      return [...events, ...handover.giveBack(ids, this.handovers.events, now)];
    });
    return true;
  }

  /** They are shared with him again, and with his successor as before, unless that one's share was changed since. */
  private async takeSharesBack(
    type: Inheritance['type'],
    shares: ReadonlyMap<Id, PassedShare>,
    { userId, ...about }: Handover,
  ): Promise<boolean> {
    await this.store.write(actorFor(about), { records: shareable(type, [...shares.keys()]) }, ({ records }, now) =>
      records.flatMap((record) => {
        const { successorId, leaverHad, successorHad, successorHas } = shares.get(record.id)!;
        const same = record.accessOf(successorId) === successorHas;
        const back = [[userId, leaverHad] as const];
        return record.setAccess(same ? [[successorId, successorHad], ...back] : back, now);
      }),
    );
    return true;
  }
}

const shareable = (type: Inheritance['type'], ids: readonly Id[]): Slot<SharedRecord<object>[]> =>
  those(type as unknown as RecordType<SharedRecord<object>>, ids);

/** Who offboards is who hands over. */
const actorFor = ({ createdBy }: Pick<Handover, 'createdBy'>): Actor => ({
  ...HOUSE,
  ...(createdBy && { id: createdBy }),
});
