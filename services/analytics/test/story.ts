import {
  DealCreated,
  DealLost,
  DealMoved,
  DealReopened,
  DealUpdated,
  DealWithdrawn,
  DealWon,
  LeadConverted,
  LeadCreated,
  LeadUpdated,
  PipelineCreated,
  PipelineUpdated,
  TeamCreated,
  type DealLine,
  type DealState,
  type EventDeclaration,
  type LeadState,
} from '@voronka/contracts';
import { newId } from '@voronka/service-kit';
import { eventually, type ServiceUnderTest } from '@voronka/testing';

/** An event of the story as another service would send it. */
export interface Told {
  readonly declaration: EventDeclaration;
  readonly subject: string;
  readonly data: object;
  readonly version: number;
  readonly occurredAt: Date;
  readonly id: string;
}

/** A day of March 2026 where positive; of February where not. At noon in UTC unless another hour is told. */
export const on = (day: number, hour = 12): Date => new Date(Date.UTC(2026, 2, day, hour));

/** What happened in the sales of a small company, kept as the events that tell it. */
export class Story {
  readonly events: Told[] = [];
  private readonly versions = new Map<string, number>();

  pipeline(id: string, names: readonly string[], stageIds: readonly string[], archived: readonly string[] = []): void {
    const stages = names.map((name, i) => ({
      ...{ id: stageIds[i] ?? '', name, probability: 50 },
      archived: archived.includes(name),
    }));
    const declaration = this.versions.has(id) ? PipelineUpdated : PipelineCreated;
    const pipeline = { id, name: 'Sales', isDefault: true, archived: false, stages };
    this.tell(declaration, id, { pipeline }, on(-30));
  }

  team(id: string, parentId: string | null): void {
    this.tell(TeamCreated, id, { team: { id, name: 'A team', parentId, headId: null } }, on(-30));
  }

  deal(about: Partial<DealState> & Pick<DealState, 'pipelineId' | 'stageId' | 'ownerId'>, at: Date): DealStory {
    return new DealStory(this, about, at);
  }

  lead(about: Partial<LeadState> & Pick<LeadState, 'ownerId'>, at: Date): LeadStory {
    return new LeadStory(this, about, at);
  }

  tell(declaration: EventDeclaration, subject: string, data: object, occurredAt: Date): void {
    const version = (this.versions.get(subject) ?? 0) + 1;
    this.versions.set(subject, version);
    this.events.push({ declaration, subject, data, version, occurredAt, id: newId() });
  }
}

export class DealStory {
  state: DealState;

  constructor(
    private readonly story: Story,
    about: Partial<DealState> & Pick<DealState, 'pipelineId' | 'stageId' | 'ownerId'>,
    at: Date,
  ) {
    this.state = {
      id: newId(),
      title: 'A deal',
      status: 'OPEN',
      stagePosition: 0,
      amount: null,
      currency: about.amount === undefined || about.amount === null ? null : 'USD',
      lines: [],
      teamId: null,
      companyId: null,
      contactId: null,
      leadId: null,
      source: null,
      expectedCloseOn: null,
      lostReason: null,
      openedAt: at.toISOString(),
      closedAt: null,
      ...about,
    };
    this.say(DealCreated, {}, {}, at);
  }

  to(stageId: string, at: Date): this {
    return this.say(DealMoved, { stageId }, { fromStageId: this.state.stageId, toStageId: stageId }, at);
  }
  won(at: Date): this {
    return this.say(DealWon, { status: 'WON', closedAt: at.toISOString() }, {}, at);
  }
  lost(at: Date): this {
    return this.say(DealLost, { status: 'LOST', lostReason: 'PRICE', closedAt: at.toISOString() }, { note: null }, at);
  }
  reopened(at: Date): this {
    return this.say(DealReopened, { status: 'OPEN', lostReason: null, closedAt: null }, {}, at);
  }
  updated(change: Partial<DealState>, at: Date): this {
    return this.say(DealUpdated, change, {}, at);
  }
  withdrawn(at: Date): this {
    return this.say(DealWithdrawn, {}, {}, at);
  }

  private say(declaration: EventDeclaration, change: Partial<DealState>, facts: object, at: Date): this {
    this.state = { ...this.state, ...change };
    this.story.tell(declaration, this.state.id, { deal: this.state, ...facts }, at);
    return this;
  }
}

export class LeadStory {
  state: LeadState;

  constructor(
    private readonly story: Story,
    about: Partial<LeadState> & Pick<LeadState, 'ownerId'>,
    at: Date,
  ) {
    this.state = {
      ...{ id: newId(), status: 'NEW', personName: 'Anna', companyName: null, phones: [], emails: [] },
      ...{ address: null, site: null, source: null, utm: null, note: null, productIds: [], amount: null },
      ...{ currency: null, disqualifyReason: null, conversionId: null },
      ...about,
    };
    this.say(LeadCreated, {}, at);
  }

  became(status: LeadState['status'], at: Date): this {
    return this.say(status === 'CONVERTED' ? LeadConverted : LeadUpdated, { status }, at);
  }

  private say(declaration: EventDeclaration, change: Partial<LeadState>, at: Date): this {
    this.state = { ...this.state, ...change };
    this.story.tell(declaration, this.state.id, { lead: this.state }, at);
    return this;
  }
}

export const line = (productId: string, quantity: number, price: number): DealLine => ({ productId, quantity, price });

/** Sends events on; those of one record in their order. */
export async function send(service: ServiceUnderTest, events: readonly Told[]): Promise<void> {
  for (const { declaration, subject, data, version, occurredAt, id } of events)
    await service.deliver(declaration, subject, data, { version, occurredAt, id });
}

/** The same events with those of unlike records interleaved by chance, those of each record in their order. */
export function shuffled(events: readonly Told[], random: () => number): Told[] {
  const queues = [...new Set(events.map((e) => e.subject))].map((s) => events.filter((e) => e.subject === s));
  const mixed: Told[] = [];
  while (queues.length > 0) {
    const i = Math.floor(random() * queues.length);
    const event = queues[i]?.shift();
    if (event) mixed.push(event);
    if (queues[i]?.length === 0) queues.splice(i, 1);
  }
  return mixed;
}

/** Waits until everything that was sent is taken in. */
export async function settled(service: ServiceUnderTest, events: readonly Told[]): Promise<void> {
  const expected = new Set(events.map((event) => event.id)).size;
  const { database } = service.service;
  await eventually(
    async () => {
      const { rows } = await database.query<{ n: number }>({ text: 'select count(*) as n from inbox' });
      return rows[0]?.n === expected;
    },
    { within: 20_000 },
  );
}
