import { Random } from '../load/random.js';
import { mail, person, phone, sources, word } from '../load/words.js';

const DAY = 86_400_000;
/** Business time that is behind the organisation. */
const DAYS = 730;
const CURRENCIES = ['EUR', 'EUR', 'EUR', 'EUR', 'EUR', 'EUR', 'EUR', 'USD', 'USD', 'GBP'];
const INDUSTRIES = ['Machines', 'Food', 'Optics', 'Freight', 'Timber', 'Energy'];
const REASONS = ['PRICE', 'COMPETITOR', 'NO_BUDGET', 'NO_DECISION', 'TIMING', 'NO_CONTACT'];
const STEPS = ['Ask how many', 'Send the offer', 'Show it at work', 'Call about the budget'];

/** A row for a bulk mutation, with what is kept of it to check against. */
export type Row = Readonly<Record<string, unknown>>;

/** Records in proportion to deals. */
export const proportions = { companies: 0.4, contacts: 0.6, leads: 0.5, deals: 1, activities: 1.5 } as const;
export type Noun = keyof typeof proportions;

/** The first of many come far more often than the last: a hundredth has a fifth. */
const skewed = (random: Random, many: number): number => random.low(many, 3);
/** The same, flatter: of owners a hundredth has a tenth. */
const slightly = (random: Random, many: number): number => random.low(many, 2);

export interface Stage {
  readonly id: string;
}

/**
 * What an organisation has traded in two years, as rows for the bulk door, the same for the same seed and day: owners and
 * companies are uneven, so are stages, and a tenth of what is sold is in another currency.
 */
export class Trade {
  readonly counts: Readonly<Record<Noun, number>>;
  readonly companyIds: string[];
  readonly contactIds: string[];
  /** What the deals given out sum up to, by status and currency: of them the reports are made. */
  readonly sums = new Map<string, { count: number; amount: number }>();
  private readonly begun: number;

  constructor(
    readonly deals: number,
    /** Ids of those who own records, the greatest first. */
    private readonly owners: readonly string[],
    private readonly stages: readonly Stage[],
    private readonly now: Date,
    private readonly prefix = 'bench',
  ) {
    const count = (noun: Noun) => Math.ceil(deals * proportions[noun]);
    this.counts = {
      ...{ companies: count('companies'), contacts: count('contacts'), leads: count('leads') },
      ...{ deals, activities: count('activities') },
    };
    this.begun = now.getTime() - DAYS * DAY;
    const random = new Random(71);
    const ids = (many: number) => Array.from({ length: many }, (_, n) => random.id(this.at(n / many).getTime()));
    this.companyIds = ids(this.counts.companies);
    this.contactIds = ids(this.counts.contacts);
  }

  /** How many records it is all in all. */
  get rows(): number {
    return Object.values(this.counts).reduce((sum, count) => sum + count, 0);
  }

  *companies(): Generator<Row> {
    const random = new Random(72);
    for (const [n, id] of this.companyIds.entries())
      yield {
        ...this.born(random, `company:${n}`, n / this.counts.companies),
        ...{ id, name: `${word(random)} ${word(random)} ${n}`, industry: random.one(INDUSTRIES) },
        ...{ employees: 1 + skewed(random, 5_000), phones: [phone(random).typed], emails: [mail(random).typed] },
      };
  }

  *contacts(): Generator<Row> {
    const random = new Random(73);
    for (const [n, id] of this.contactIds.entries())
      yield {
        ...this.born(random, `contact:${n}`, n / this.counts.contacts),
        ...{ id, name: person(random), phones: [phone(random).typed], emails: [mail(random).typed] },
        companyId: this.companyIds[skewed(random, this.companyIds.length)],
      };
  }

  *leads(): Generator<Row> {
    const random = new Random(74);
    for (let n = 0; n < this.counts.leads; n++) {
      const born = this.at(n / this.counts.leads);
      const far = slightly(random, 4);
      const step = (i: number, status: string) => ({ status, at: this.later(born, i) });
      const history = [
        ...(far >= 1 ? [step(1, 'WORKING')] : []),
        ...(far === 2 ? [step(2, 'QUALIFIED')] : []),
        ...(far === 3 ? [{ ...step(2, 'DISQUALIFIED'), reason: 'NO_NEED' }] : []),
      ];
      yield {
        ...this.born(random, `lead:${n}`, n / this.counts.leads),
        ...{ personName: person(random), companyName: `${word(random)} ${word(random)}`, source: random.one(sources) },
        ...{ phones: [phone(random).typed], emails: [mail(random).typed], history },
      };
    }
  }

  *dealRows(): Generator<Row> {
    const random = new Random(75);
    for (let n = 0; n < this.counts.deals; n++) {
      const born = this.at(n / this.counts.deals);
      const reached = slightly(random, this.stages.length);
      const history: object[] = this.stages
        .slice(1, reached + 1)
        .map(({ id }, i) => ({ stageId: id, at: this.later(born, i + 1) }));
      const luck = random.next();
      const status = luck < 0.45 ? 'OPEN' : luck < 0.75 ? 'WON' : 'LOST';
      const at = this.later(born, reached + 1);
      if (status === 'WON') history.push({ at, won: true });
      if (status === 'LOST') history.push({ at, lost: random.one(REASONS) });
      const currency = random.one(CURRENCIES);
      const amount = 100 * Math.round(10 ** (2 + 3 * random.next()));
      this.add(status, currency, amount);
      yield {
        ...this.born(random, `deal:${n}`, n / this.counts.deals),
        ...{ title: `${1 + random.below(90)} units for ${word(random)}`, amount: { amount, currency }, history },
        ...{ companyId: this.companyIds[skewed(random, this.companyIds.length)], source: random.one(sources) },
        ...{ contactId: this.contactIds[skewed(random, this.contactIds.length)] },
        expectedCloseOn: new Date(born.getTime() + (30 + random.below(200)) * DAY).toISOString().slice(0, 10),
      };
    }
  }

  /** What was done about deals and is to be done next; three for two deals. `owned` are the deals' ids and owners as they came in. */
  *activities(owned: readonly { id: string; ownerId: string }[]): Generator<Row> {
    const random = new Random(76);
    for (let n = 0; n < this.counts.activities; n++) {
      const { id, ownerId } = owned[n % owned.length]!;
      const born = this.at(n / this.counts.activities);
      const done = { dueAt: this.later(born, 2), completedAt: this.later(born, 2), outcome: 'Forty, by May' };
      const ahead = { dueAt: new Date(this.now.getTime() + (2 + random.below(60)) * DAY).toISOString() };
      yield {
        ...this.born(random, `activity:${n}`, n / this.counts.activities),
        ...{
          kind: random.one(['TASK', 'CALL', 'MEETING']),
          subject: random.one(STEPS),
          about: { dealId: id },
          ownerId,
        },
        // Of each deal the first is what comes next, and the second was done.
        ...(n < owned.length ? ahead : done),
      };
    }
  }

  private add(status: string, currency: string, amount: number): void {
    const key = `${status} ${currency}`;
    const { count, amount: sum } = this.sums.get(key) ?? { count: 0, amount: 0 };
    this.sums.set(key, { count: count + 1, amount: sum + amount });
  }

  private born(random: Random, externalId: string, share: number) {
    const ownerId = this.owners[slightly(random, this.owners.length)];
    return { externalId: `${this.prefix}:${externalId}`, createdAt: this.at(share).toISOString(), ownerId };
  }

  /** From two years ago until ten days ago. */
  private at(share: number): Date {
    return new Date(Math.floor(this.begun + share * (DAYS - 10) * DAY));
  }

  /** So many steps later; within ten days, so that nothing lies in the future. */
  private later(born: Date, steps: number): string {
    return new Date(born.getTime() + steps * DAY).toISOString();
  }
}
