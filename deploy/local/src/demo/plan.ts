import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import * as words from './words.js';

const DAY_MS = 86_400_000;
/** How far back the business of the demonstration goes. */
const DAYS = 180;
const LEADS = 300;
const DEALS = 150;

export interface Step {
  at: string;
  [what: string]: unknown;
}
export interface PlannedLead {
  row: Record<string, unknown>;
  ownerName: string;
  /** When it is converted, if it is, and how its deal goes on. */
  convertedAt: Date | null;
  open: boolean;
}
export interface PlannedDeal {
  row: Record<string, unknown>;
  pipeline: 'Sales' | 'Renewals';
  /** How many stages it has gone on by when, and how it ended. */
  moves: Date[];
  end: { at: Date; won: boolean; reason: string } | null;
  ownerName: string;
  companyIndex: number;
  productName: string;
  openedAt: Date;
}

/** A source of chance that gives the same organisation for the same seed. */
export class Chance {
  private readonly generator;
  constructor(seed: number) {
    this.generator = xoroshiro128plus(seed);
  }
  int(from: number, to: number): number {
    return uniformInt(this.generator, from, to);
  }
  percent(chance: number): boolean {
    return this.int(1, 100) <= chance;
  }
  one<T>(of: readonly T[]): T {
    const chosen = of[this.int(0, of.length - 1)];
    if (chosen === undefined) throw new Error('there is nothing to choose from');
    return chosen;
  }
  /** A working hour between two moments. */
  between(from: Date, to: Date): Date {
    const at = new Date(
      from.getTime() + this.int(0, Math.max(0, Math.floor((to.getTime() - from.getTime()) / 60_000))) * 60_000,
    );
    at.setUTCHours(this.int(7, 15));
    return new Date(Math.min(Math.max(at.getTime(), from.getTime()), to.getTime()));
  }
}

export const salespeople = words.teams.flatMap(({ people, currency }) =>
  people.slice(1).map((name) => ({ name, currency })),
);
export const emailOf = (index: number) => `person${String(index + 1).padStart(2, '0')}@voronka.local`;

export function companiesOf(chance: Chance) {
  return words.companyHeads.flatMap((first, i) =>
    words.companyTails.slice(0, 4).map((_, j) => ({
      externalId: `demo:company:${i * 4 + j}`,
      name: `${first} ${words.companyTails[(i + j * 3) % words.companyTails.length]}`,
      industry: chance.one(words.industries),
      employees: chance.int(8, 4_000),
      address: { city: chance.one(words.cities) },
      phones: [`+7 495 ${chance.int(100, 999)}-${chance.int(10, 99)}-${chance.int(10, 99)}`],
      ownerName: chance.one(salespeople).name,
    })),
  );
}

export function leadsOf(chance: Chance, now: Date): PlannedLead[] {
  const began = new Date(now.getTime() - DAYS * DAY_MS);
  return Array.from({ length: LEADS }, (_, i): PlannedLead => {
    const createdAt = chance.between(began, now);
    const owner = chance.one(salespeople);
    const history: Step[] = [];
    let at = createdAt;
    const later = (days: number) =>
      (at = chance.between(at, new Date(Math.min(now.getTime(), at.getTime() + days * DAY_MS))));
    const step = (what: object, days: number) => history.push({ at: later(days).toISOString(), ...what });
    const fate = chance.int(1, 100);
    if (fate > 15) step({ status: 'WORKING' }, 3);
    if (fate > 40 && fate <= 70) step({ status: 'DISQUALIFIED', reason: chance.one(words.disqualifyReasons) }, 10);
    if (fate > 70) step({ status: 'QUALIFIED' }, 10);
    const person = `${chance.one(words.firstNames)} ${chance.one(words.lastNames)}`;
    const company = chance.percent(80)
      ? `${chance.one(words.companyHeads)} ${chance.one(words.companyTails)} ${i}`
      : null;
    return {
      row: {
        externalId: `demo:lead:${i}`,
        personName: person,
        companyName: company,
        phones: [`+7 9${chance.int(10, 99)} ${chance.int(100, 999)} ${chance.int(10, 99)} ${chance.int(10, 99)}`],
        emails: [`lead${i}@example.com`],
        address: { city: chance.one(words.cities) },
        source: chance.one(words.sources),
        amount: { amount: chance.int(5, 400) * 10_000_00, currency: owner.currency },
        createdAt: createdAt.toISOString(),
        history,
      },
      ownerName: owner.name,
      convertedAt: fate > 80 ? later(7) : null,
      open: fate <= 40 || (fate > 70 && fate <= 80),
    };
  });
}

export function dealsOf(chance: Chance, now: Date, companies: number): PlannedDeal[] {
  const began = new Date(now.getTime() - DAYS * DAY_MS);
  return Array.from({ length: DEALS }, (_, i): PlannedDeal => {
    const openedAt = chance.between(began, now);
    const owner = chance.one(salespeople);
    const product = chance.one(words.products.filter(({ price }) => price.currency === owner.currency));
    return {
      row: {
        externalId: `demo:deal:${i}`,
        title: `${product.name} ${i + 1}`,
        source: chance.one(words.sources),
        createdAt: openedAt.toISOString(),
        expectedCloseOn: new Date(openedAt.getTime() + chance.int(30, 120) * DAY_MS).toISOString().slice(0, 10),
      },
      pipeline: chance.percent(75) ? 'Sales' : 'Renewals',
      ...courseOf(chance, openedAt, now),
      ownerName: owner.name,
      companyIndex: chance.int(0, companies - 1),
      productName: product.name,
      openedAt,
    };
  });
}

/** How a deal goes: some stages on, each after some days, and in the end won, lost or still open. */
export function courseOf(chance: Chance, openedAt: Date, now: Date): Pick<PlannedDeal, 'moves' | 'end'> {
  const moves: Date[] = [];
  let at = openedAt.getTime();
  const step = () => (at += chance.int(2 * 24, 25 * 24) * 3_600_000) < now.getTime();
  while (moves.length < 2 && chance.percent(75) && step()) moves.push(new Date(at));
  const ends = chance.percent(75) && step();
  return {
    moves,
    end: ends ? { at: new Date(at), won: chance.percent(55), reason: chance.one(words.lostReasons) } : null,
  };
}
