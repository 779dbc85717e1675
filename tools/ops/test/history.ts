import {
  BulkReadNoticed,
  CompanyCreated,
  CompanyWithdrawn,
  ContactCreated,
  DealCreated,
  DealLost,
  DealMoved,
  DealReopened,
  DealUpdated,
  DealWithdrawn,
  DealWon,
  LeadConverted,
  LeadCreated,
  LeadQualified,
  LeadStarted,
  LeadUpdated,
  PipelineCreated,
  ProductCreated,
  CoverArranged,
  RoleCreated,
  SessionEnded,
  SessionStarted,
  TeamCreated,
  shippedRoles,
  UserCreated,
  UserUpdated,
  type CompanyState,
  type DealState,
  type EventDeclaration,
  type LeadState,
  type UserState,
} from '@voronka/contracts';
import { headersOf, type OutgoingMessage } from '@voronka/messaging';
import { newId } from '@voronka/service-kit';

const MINUTE = 60_000;

/** What happens in a sales organisation, by chance that is the same in each run: events as the services would publish them. */
export class History {
  private readonly stages = Array.from({ length: 5 }, newId);
  private readonly pipelineId = newId();
  private readonly users: UserState[] = [];
  private readonly companies: CompanyState[] = [];
  private readonly deals: DealState[] = [];
  private readonly leads: LeadState[] = [];
  private readonly versions = new Map<string, number>();
  private readonly told: OutgoingMessage[] = [];
  private now = Date.UTC(2026, 0, 5, 9);
  private seed: number;

  constructor(seed = 7) {
    this.seed = seed;
  }

  /** At least so many events more, those of each record in order. */
  next(count: number): OutgoingMessage[] {
    if (this.users.length === 0) this.begin();
    while (this.told.length < count) this.step();
    return this.told.splice(0);
  }

  private begin(): void {
    const stages = this.stages.map((id, i) => ({ id, name: `Stage ${i}`, probability: 20 * i, archived: false }));
    const pipeline = { id: this.pipelineId, name: 'Sales', isDefault: true, archived: false, stages };
    this.say(PipelineCreated, pipeline.id, { pipeline });
    const product = { id: newId(), name: 'Laptop', series: null, amount: 90_000, currency: 'USD', active: true };
    this.say(ProductCreated, product.id, { product });
    for (const { id, name, description, grants } of Object.values(shippedRoles))
      this.say(RoleCreated, id, { role: { id, name, description, grants: [...grants] } });
    const teams = [newId(), newId(), newId()] as const;
    for (const id of teams)
      this.say(TeamCreated, id, {
        team: { id, name: 'A team', parentId: id === teams[0] ? null : teams[0], headId: null },
      });
    for (let n = 0; n < 20; n++) {
      const id = newId();
      const about = { name: `Person ${n}`, email: `p${n}@example.com`, teamId: teams[n % 3]! };
      this.users.push({ id, ...about, roleIds: [shippedRoles.SALESPERSON.id], active: true });
      this.say(UserCreated, id, { user: this.users[n]! });
    }
    for (const { id: userId } of this.users) {
      const [id, startsAt] = [newId(), new Date(this.now).toISOString()];
      const read = { rows: 20_000, rowsPerHour: 20_000, sessionsEnded: false };
      this.say(BulkReadNoticed, id, { bulkRead: { id, userId, startsAt, endsAt: startsAt, ...read } });
    }
    for (let n = 1; n < 20; n++) {
      const [id, ownerId, substituteId] = [newId(), this.users[n]!.id, this.users[n - 1]!.id];
      const [startsAt, endsAt] = [new Date(this.now).toISOString(), new Date(this.now + n * MINUTE).toISOString()];
      this.say(CoverArranged, id, { cover: { id, ownerId, substituteId, startsAt, endsAt } });
    }
  }

  private step(): void {
    this.now += MINUTE;
    const turn = this.chance(100);
    if (turn < 20) return this.newDeal();
    if (turn < 60) return this.dealChanges();
    if (turn < 70) return this.newLead();
    if (turn < 88) return this.leadChanges();
    if (turn < 92) return this.newCustomer();
    if (turn < 93) return this.customerGone();
    if (turn < 96) return this.signInAndOut();
    const user = this.one(this.users)!;
    Object.assign(user, { name: `Person ${this.chance(1000)}`, active: this.chance(5) > 0 });
    this.say(UserUpdated, user.id, { user });
  }

  private newDeal(): void {
    const amount = this.chance(4) === 0 ? null : this.chance(1_000_000);
    const deal: DealState = {
      ...{ id: newId(), title: 'A deal', status: 'OPEN', pipelineId: this.pipelineId, stageId: this.stages[0]! },
      ...{ stagePosition: 0, amount, currency: amount === null ? null : 'USD', lines: [] },
      ...{ ownerId: this.one(this.users)!.id, teamId: null, companyId: this.one(this.companies)?.id ?? null },
      ...{ contactId: null, leadId: null, source: 'fair', expectedCloseOn: null, lostReason: null },
      ...{ openedAt: this.time, closedAt: null },
    };
    this.deals.push(deal);
    this.say(DealCreated, deal.id, { deal });
  }

  private dealChanges(): void {
    const deal = this.one(this.deals);
    if (!deal) return this.newDeal();
    const change = (declaration: EventDeclaration, about: Partial<DealState>, facts: object = {}) => {
      Object.assign(deal, about);
      this.say(declaration, deal.id, { deal, ...facts });
    };
    const turn = this.chance(20);
    if (deal.status !== 'OPEN') return change(DealReopened, { status: 'OPEN', lostReason: null, closedAt: null });
    if (turn < 11) {
      const stagePosition = this.chance(5);
      const [fromStageId, toStageId] = [deal.stageId, this.stages[stagePosition]!];
      return change(DealMoved, { stageId: toStageId, stagePosition }, { fromStageId, toStageId });
    }
    if (turn < 14) return change(DealWon, { status: 'WON', closedAt: this.time });
    if (turn < 17)
      return change(DealLost, { status: 'LOST', lostReason: 'PRICE', closedAt: this.time }, { note: null });
    if (turn < 19) return change(DealUpdated, { amount: this.chance(1_000_000), currency: 'USD' });
    this.deals.splice(this.deals.indexOf(deal), 1);
    change(DealWithdrawn, {});
  }

  private newLead(): void {
    const lead: LeadState = {
      ...{ id: newId(), status: 'NEW', personName: 'Somebody', companyName: null, phones: [], emails: [] },
      ...{ address: null, site: null, source: 'web form', utm: null, note: null, productIds: [], amount: null },
      ...{ currency: null, disqualifyReason: null, conversionId: null, ownerId: this.one(this.users)!.id },
    };
    this.leads.push(lead);
    this.say(LeadCreated, lead.id, { lead });
  }

  private leadChanges(): void {
    const lead = this.one(this.leads);
    if (!lead) return this.newLead();
    const next = { NEW: 'WORKING', WORKING: 'QUALIFIED', QUALIFIED: 'CONVERTED' } as const;
    const status = lead.status in next ? next[lead.status as keyof typeof next] : lead.status;
    const said = { WORKING: LeadStarted, QUALIFIED: LeadQualified, CONVERTED: LeadConverted };
    const declaration = status === lead.status ? LeadUpdated : said[status as keyof typeof said];
    lead.status = status;
    this.say(declaration, lead.id, { lead });
  }

  private newCustomer(): void {
    const known = {
      phones: [],
      emails: [],
      address: null,
      note: null,
      ownerId: this.one(this.users)!.id,
      leadId: null,
    };
    const company = {
      id: newId(),
      name: 'A company',
      parentId: null,
      site: null,
      industry: null,
      employees: 7,
      ...known,
    };
    this.companies.push(company);
    this.say(CompanyCreated, company.id, { company });
    const contact = { id: newId(), name: 'Somebody', position: null, companies: [], ...known };
    this.say(ContactCreated, contact.id, { contact });
  }

  private customerGone(): void {
    const company = this.one(this.companies);
    if (!company) return this.newCustomer();
    this.companies.splice(this.companies.indexOf(company), 1);
    this.say(CompanyWithdrawn, company.id, { company });
  }

  private signInAndOut(): void {
    const about = { id: newId(), userId: this.one(this.users)!.id, startedAt: this.time, endsAt: this.time };
    this.say(SessionStarted, about.id, { session: { ...about, ended: false } });
    this.say(SessionEnded, about.id, { session: { ...about, ended: true } });
  }

  private get time(): string {
    return new Date(this.now).toISOString();
  }

  private say(declaration: EventDeclaration, recordId: string, data: object): void {
    const version = (this.versions.get(recordId) ?? 0) + 1;
    this.versions.set(recordId, version);
    const at = new Date(this.now);
    const event = { declaration, recordId, version, data, occurredAt: at, recordedAt: at, actor: 'system:test' };
    const ctx = { correlationId: newId(), causationId: null, traceparent: null, actor: 'system:test' };
    const headers = headersOf(newId(), event, 'test', ctx);
    this.told.push({ topic: declaration.topic, key: recordId, headers, value: JSON.stringify(data) });
  }

  private one<T>(of: readonly T[]): T | undefined {
    return of[this.chance(of.length)];
  }

  /** A whole number from 0 to below `n` (a linear congruential generator, Numerical Recipes). */
  private chance(n: number): number {
    this.seed = (this.seed * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return Math.floor((this.seed / 2 ** 32) * n);
  }
}
