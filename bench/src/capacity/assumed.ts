import { SHARE } from '../system/drive.js';

/**
 * Everything on the capacity page that is taken for granted and not measured. Change it here for an organisation that
 * works otherwise, and write the page anew.
 */
export interface Assumption {
  readonly value: number;
  readonly what: string;
  readonly why: string;
}

/** What somebody does at his busiest hour, so often, and the scenarios that tell what it costs: the first that was measured. */
export interface Action {
  readonly what: string;
  readonly perHour: number;
  readonly why: string;
  readonly writes?: true;
  readonly scenario: string;
  /** Stands in while the scenario was not measured. `read` are its processes, under the names they have here. */
  readonly standIn?: { readonly scenario: string; readonly read?: Readonly<Record<string, string>> };
}

/** Every write but the measured one. */
const write = { writes: true, standIn: { scenario: 'create-deal' } } as const;

/** Of one salesperson. */
export const actions: readonly Action[] = [
  { what: 'opens a card', scenario: 'card', perHour: 60, why: 'one a minute, around his calls' },
  { what: 'looks at a page of a list', scenario: 'page', perHour: 30, why: 'two cards of a page' },
  {
    what: 'and at its count',
    scenario: 'page-count',
    perHour: 6,
    why: 'a list is opened; the next pages have no count',
  },
  { what: 'looks at the board', scenario: 'board', perHour: 4, why: 'after what he moved' },
  { what: 'searches', scenario: 'search', perHour: 12, why: 'somebody calls him' },
  { what: 'looks at the funnel', scenario: 'funnel', perHour: 1, why: 'heads more, others less' },
  { what: 'looks at sales by owner', scenario: 'sales', perHour: 1, why: 'the same' },
  {
    what: 'completes a step with its next',
    scenario: 'complete-step',
    perHour: 10,
    why: 'a call each six minutes',
    ...write,
  },
  { what: 'moves a deal', scenario: 'move-deal', perHour: 4, why: 'some calls move one', ...write },
  { what: 'creates a deal', scenario: 'create-deal', perHour: 2, why: 'few calls make one', writes: true },
  { what: 'creates a contact', scenario: 'create-contact', perHour: 2, why: 'the same', ...write },
  // Nothing stands in: it makes three records, by three services.
  { what: 'converts a lead', scenario: 'convert', perHour: 1, why: 'of many leads few are worth it', writes: true },
];

/** A lead that a form or a mailing brings in, through the gateway. */
export const capture: Omit<Action, 'perHour' | 'why'> = {
  what: 'a lead is captured',
  scenario: 'capture',
  writes: true,
  // Leads do then what deals do when one is created, and the other way about.
  standIn: { scenario: 'create-deal', read: { deals: 'leads', leads: 'deals' } },
};

export const assumed = {
  burst: {
    value: 3,
    what: 'busiest seconds, times the mean of the busiest hour',
    why: 'people come back from a meeting together',
  },
  use: {
    value: SHARE,
    what: 'of a core in use at that moment',
    why: 'the times that the performance report tells are those at this share of what could be reached; the autoscaler adds an instance at 0.7',
  },
  least: {
    value: 2,
    what: 'instances of each program at least',
    why: 'one may be gone; so has `k8s/base/service/scaling.yaml`',
  },
  copies: {
    value: 3,
    what: 'copies of each database and topic',
    why: 'three servers each, as in `k8s/components`',
  },
  hours: { value: 5, what: 'busiest hours that make a working day', why: 'the other hours are half as busy or less' },
  days: { value: 220, what: 'working days a year', why: 'of five a week, less holidays' },
  eventsOfWrite: {
    value: 2,
    what: 'events of a write by a salesperson',
    why: 'a step ends and the next is planned; a deal moves and its stage is told',
  },
  eventsOfLead: {
    value: 4,
    what: 'events of a lead in all its life',
    why: 'three to seven in what `bench` writes, fewer where most are never touched',
  },
} as const satisfies Readonly<Record<string, Assumption>>;

/** What the page is about. */
export const salespeople = [50, 500, 5_000] as const;
export const leads = 10_000_000;
export const capturesPerSecond = 2_000;
