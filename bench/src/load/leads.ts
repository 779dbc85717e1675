import {
  LeadAssigned,
  LeadConversionStarted,
  LeadConverted,
  LeadCreated,
  LeadDisqualified,
  LeadQualified,
  LeadStarted,
  LeadUpdated,
  type LeadState,
  type LeadStatus,
} from '@voronka/contracts';
import type { RecordedEvent } from '@voronka/messaging';
import type { Life } from './lives.js';
import { Random } from './random.js';
import * as words from './words.js';

const people = new Random(7);
/** Sixty salespeople. */
export const owners = Array.from({ length: 60 }, () => people.id(Date.UTC(2026, 0, 5)));

type Step = 'updated' | 'assigned' | 'started' | 'qualified' | 'disqualified' | 'conversion' | 'converted';
const courses: readonly (readonly Step[])[] = [
  ['updated', 'started', 'qualified', 'conversion', 'converted'],
  ['started', 'updated', 'disqualified'],
  ['assigned', 'started', 'updated', 'qualified'],
  ['started', 'updated', 'updated', 'qualified', 'conversion', 'converted'],
  ['assigned', 'disqualified'],
];

/** How a lead goes from capture to a deal or to nothing, in three to seven events. */
export function* lead(random: Random, bornAt: Date): Life {
  let state: LeadState = {
    id: random.id(bornAt.getTime()),
    status: 'NEW',
    personName: words.person(random),
    companyName: words.firm(random),
    phones: [words.phone(random)],
    emails: [words.mail(random)],
    address: random.below(2) === 0 ? words.address(random) : null,
    site: null,
    source: random.one(words.sources),
    utm: null,
    note: words.note(random),
    productIds: [],
    ownerId: random.one(owners),
    amount: random.below(5_000) * 1000,
    currency: 'EUR',
    disqualifyReason: null,
    conversionId: null,
  };
  let version = 1;
  const recordId = state.id;
  yield { declaration: LeadCreated, recordId, version, actor: state.ownerId, data: { lead: state } };
  for (const step of random.one(courses)) {
    const changes = changeOf(step, random, bornAt);
    const told = Object.entries(changes).map(([name, to]) => [name, { from: state[name as keyof LeadState], to }]);
    state = { ...state, ...changes };
    version += 1;
    const data = {
      lead: state,
      changes: Object.fromEntries(told) as object,
      ...(step === 'disqualified' && { note: null }),
    };
    yield { declaration: declarations[step], recordId, version, actor: state.ownerId, data };
  }
}

const declarations = {
  updated: LeadUpdated,
  assigned: LeadAssigned,
  started: LeadStarted,
  qualified: LeadQualified,
  disqualified: LeadDisqualified,
  conversion: LeadConversionStarted,
  converted: LeadConverted,
};

function changeOf(step: Step, random: Random, bornAt: Date): Partial<LeadState> {
  if (step === 'updated') return { note: words.note(random), amount: random.below(5_000) * 1000 };
  if (step === 'assigned') return { ownerId: random.one(owners) };
  if (step === 'started') return { status: 'WORKING' };
  if (step === 'qualified') return { status: 'QUALIFIED' };
  if (step === 'disqualified')
    return { status: 'DISQUALIFIED', disqualifyReason: random.one(['NO_NEED', 'NO_BUDGET', 'SPAM']) };
  if (step === 'conversion') return { status: 'CONVERTING', conversionId: random.id(bornAt.getTime()) };
  return { status: 'CONVERTED' };
}

/** A lead as analytics keeps it. */
export interface LeadRow {
  readonly id: string;
  readonly version: number;
  readonly status: LeadStatus;
  readonly furthest: number;
  readonly ownerId: string;
  readonly source: string | null;
  readonly capturedAt: Date;
  readonly convertedAt: Date | null;
}

const ranks: Partial<Record<LeadStatus, number>> = { WORKING: 1, QUALIFIED: 2 };

/** What analytics has to have made of the events: told here anew, so that its answer can be checked. */
export function leadRows(events: Iterable<RecordedEvent>): Map<string, LeadRow> {
  const rows = new Map<string, LeadRow>();
  for (const event of events) rows.set(event.recordId, leadRowAfter(rows.get(event.recordId), event));
  return rows;
}

export function leadRowAfter(before: LeadRow | undefined, { data, version, occurredAt }: RecordedEvent): LeadRow {
  const { id, status, ownerId, source } = (data as { lead: LeadState }).lead;
  return {
    ...{ id, version, status, ownerId, source },
    furthest: Math.max(before?.furthest ?? 0, ranks[status] ?? 0),
    capturedAt: before?.capturedAt ?? occurredAt,
    convertedAt: status === 'CONVERTED' ? (before?.convertedAt ?? occurredAt) : null,
  };
}
